/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Looks at the processes of this machine. */
final class LiveProcesses {

    private LiveProcesses() {}

    /** The command lines of all that live with this entry ({@code NAME=value}) in their environment. */
    static List<String> with(String entry) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> processes = Files.list(Paths.get("/proc"))) {
            for (Path process : processes.filter(LiveProcesses::isOne).collect(Collectors.toList())) {
                if (Arrays.asList(read(process.resolve("environ")).split("\0")).contains(entry)) {
                    found.add(process.getFileName() + " "
                            + read(process.resolve("cmdline")).replace('\0', ' '));
                }
            }
        }
        return found;
    }

    /** Whether a process of this id lives; one that nobody has waited for does not. */
    static boolean lives(String id) {
        String stat = read(Paths.get("/proc", id, "stat"));
        return !stat.isEmpty() && !stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
    }

    private static boolean isOne(Path path) {
        return path.getFileName().toString().chars().allMatch(Character::isDigit);
    }

    /** A file's text; empty if it is gone. */
    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }
}
