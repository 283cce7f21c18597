/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** A JVM of its own for whom the modes of files count, also where root runs the tests. */
public final class PlainUser {

    /** The capabilities by which root gets past the modes of files; it keeps those that sudo needs. */
    private static final List<String> BOUND =
            Arrays.asList("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner");

    private PlainUser() {}

    /** Skips the test where root cannot do without its capabilities. */
    public static void assumeThere() throws InterruptedException {
        Assumptions.assumeTrue(
                !isRoot() || run(bound("true"), Collections.emptyMap()).equals(""),
                "SKIPPED: root needs setpriv to be like any user");
    }

    /** Runs a class of the tests; returns what it has printed on both streams. */
    public static String java(String umask, Map<String, String> variables, Class<?> main, String... arguments)
            throws InterruptedException {
        List<String> argv = new ArrayList<>(Arrays.asList("bash", "-c", "umask $0 && exec \"$@\"", umask));
        argv.addAll(bound(
                Paths.get(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        Collections.addAll(argv, arguments);
        return run(argv, variables);
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static List<String> bound(String... command) {
        List<String> argv = new ArrayList<>(isRoot() ? BOUND : Collections.emptyList());
        Collections.addAll(argv, command);
        return argv;
    }

    private static String run(List<String> argv, Map<String, String> variables) throws InterruptedException {
        try {
            ProcessBuilder builder = new ProcessBuilder(argv).redirectErrorStream(true);
            builder.environment().putAll(variables);
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? output : output + "exit code " + process.exitValue();
        } catch (IOException missing) {
            return missing.getMessage();
        }
    }
}
