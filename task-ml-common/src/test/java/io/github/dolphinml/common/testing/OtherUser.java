/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A user of this machine who is not the one that runs the tests. */
public final class OtherUser {

    public static final String NAME = "nobody";

    private OtherUser() {}

    /** Skips the test where nothing can be run as that user. */
    public static void assumeThere() throws InterruptedException {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")) && (NAME + "\n").equals(said("id", "-un")),
                "SKIPPED: needs root and sudo to act as another user");
    }

    /** What a command says to that user; null if it cannot be run. */
    public static String said(String... command) throws InterruptedException {
        List<String> argv = new ArrayList<>(Arrays.asList("sudo", "-n", "-u", NAME));
        Collections.addAll(argv, command);
        try {
            Process process = new ProcessBuilder(argv).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            // grep has found something and could not read something else.
            return process.waitFor() <= 2 ? said : null;
        } catch (IOException missing) {
            return null;
        }
    }
}
