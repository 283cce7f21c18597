/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.data;

import io.github.dolphinml.common.validate.Problems;
import java.io.UnsupportedEncodingException;
import java.net.URLDecoder;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks addresses of Git repositories, and finds the passwords in them. */
public final class RepositoryUrl {

    private static final Pattern PASSWORD = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/@]*?:([^/]*)@.*");

    private RepositoryUrl() {}

    /** Records what is wrong with an address that is not empty. */
    public static void check(String field, String url, Problems problems) {
        if (url.startsWith("-") || url.startsWith("ext::") || ControlCharacter.isIn(url)) {
            problems.add(
                    field,
                    Problems.shown(url) + " is not the address of a Git repository",
                    "use one as in git@host:team/data.git, https://host/team/data.git or /srv/git/data.git");
        }
    }

    /** The password in an address, as written and decoded; empty if there is none. */
    public static Set<String> passwords(String url) {
        Set<String> passwords = new LinkedHashSet<>();
        Matcher matcher = PASSWORD.matcher(url);
        if (matcher.matches() && !matcher.group(1).isEmpty()) {
            passwords.add(matcher.group(1));
            try {
                passwords.add(URLDecoder.decode(matcher.group(1).replace("+", "%2B"), "UTF-8"));
            } catch (IllegalArgumentException | UnsupportedEncodingException notEncoded) {
                return passwords;
            }
        }
        return passwords;
    }
}
