/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Runs bash for real and tells what came of it. */
public final class RealBash {

    private final int exitCode;
    private final String output;

    private RealBash(int exitCode, String output) {
        this.exitCode = exitCode;
        this.output = output;
    }

    /** Runs a script in a directory, with these variables beside the few that every process has. */
    public static RealBash run(Path directory, String script, Map<String, String> variables)
            throws IOException, InterruptedException {
        Path file = Files.createTempFile(directory, "script", ".sh");
        Files.write(file, script.getBytes(StandardCharsets.UTF_8));
        ProcessBuilder builder = new ProcessBuilder("bash", file.toString()).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("LANG", "C.UTF-8");
        builder.environment().putAll(variables);
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new RealBash(process.waitFor(), output);
    }

    /** Makes a program that writes its arguments to a file and ends with 0. */
    public static Path recorder(Path directory, Path record) throws IOException {
        Path program = directory.resolve("recorder");
        Files.write(
                program,
                Arrays.asList("#!/bin/bash", "for word in \"$@\"; do printf '%s\\0' \"$word\"; done > " + record));
        program.toFile().setExecutable(true);
        return program;
    }

    /** The arguments that a recorder has written. */
    public static List<String> recorded(Path record) throws IOException {
        String text = new String(Files.readAllBytes(record), StandardCharsets.UTF_8);
        if (text.isEmpty()) {
            return Collections.emptyList();
        }
        // Every word ends in NUL, so the last piece of the split is always an empty one.
        List<String> words = new ArrayList<>(Arrays.asList(text.split("\0", -1)));
        words.remove(words.size() - 1);
        return words;
    }

    /** The exit code. */
    public int exitCode() {
        return exitCode;
    }

    /** What was printed on both streams. */
    public String output() {
        return output;
    }
}
