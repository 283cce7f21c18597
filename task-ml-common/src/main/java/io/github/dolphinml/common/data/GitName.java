/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.data;

import io.github.dolphinml.common.validate.Problems;
import java.util.regex.Pattern;

/** Checks names of tags and branches by the rules of Git. */
public final class GitName {

    private static final Pattern REFUSED =
            Pattern.compile("[ ~^:?*\\[\\\\]|\\.\\.|@\\{|//|/\\.|\\.lock(/|$)|^[-./]|[./]$|^@$|^HEAD$");
    private static final String RIGHT =
            "use a name as in v1.0 or 2026-11-30, without blanks and without ~ ^ : ? * [ \\";

    private GitName() {}

    /** Records a fault if a text that is not empty cannot be the name of a tag or a branch. */
    public static void check(String field, String name, Problems problems) {
        if (!name.isEmpty() && (REFUSED.matcher(name).find() || ControlCharacter.isIn(name))) {
            problems.add(field, Problems.shown(name) + " is not a name that Git takes", RIGHT);
        }
    }

    /** Records a fault if a text cannot be a revision that exists: a tag, a branch, a commit, or HEAD~1 and the like. */
    public static void checkRevision(String field, String revision, Problems problems) {
        if (revision.startsWith("-") || ControlCharacter.isIn(revision) || revision.contains("..")) {
            problems.add(
                    field,
                    Problems.shown(revision) + " is not a version",
                    "use a tag, a branch or a commit, as in v1.0");
        }
    }
}
