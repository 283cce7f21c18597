/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.data;

import io.github.dolphinml.common.validate.Problems;
import java.util.Arrays;
import java.util.List;

/** Checks paths of data in a repository. */
public final class DataLocation {

    private static final String OF_GIT = ".git";
    private static final String OF_DVC = ".dvc";

    private DataLocation() {}

    /** The path with slashes as Git has it; records what is wrong with one that is not empty. */
    public static String of(String field, String text, Problems problems) {
        String path = text;
        while (path.startsWith("./")) {
            path = path.substring(2);
        }
        while (path.endsWith("/") && path.length() > 1) {
            path = path.substring(0, path.length() - 1);
        }
        List<String> parts = Arrays.asList(path.split("/", -1));
        boolean leadsAway = path.startsWith("/") || parts.contains("..") || parts.contains(".") || parts.contains("");
        boolean reserved = parts.contains(OF_GIT) || parts.get(0).equals(OF_DVC);
        if (!path.isEmpty() && (leadsAway || reserved || ControlCharacter.isIn(path))) {
            problems.add(
                    field,
                    Problems.shown(text) + " is not a path of data in the repository",
                    "use one from the top of the repository, as in data/iris.csv");
        }
        return path;
    }
}
