/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server of the storm that starts slowly is waited for, and one that fails says why. */
class StormServerTest {

    private static final String PROGRAM = "stand_in.py";

    @TempDir
    Path directory;

    @BeforeEach
    void python() {
        Assumptions.assumeTrue(StormPlaces.python() != null, "DOLPHINML_TEST_ENVIRONMENT names no Python environment");
    }

    @Test
    void oneThatStartsSlowlyIsWaitedFor() throws Exception {
        Path gate = directory.resolve("gate");
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (StormServer server = new StormServer(PROGRAM, directory, "slow", gate.toString())) {
            Future<String> first = threads.submit(server::address);
            Future<String> second = threads.submit(server::address);
            assertThrows(TimeoutException.class, () -> first.get(1, TimeUnit.SECONDS));
            Files.createFile(gate);
            assertEquals("127.0.0.1:4711", first.get(Patience.ENOUGH, TimeUnit.SECONDS));
            assertEquals("127.0.0.1:4711", second.get(Patience.ENOUGH, TimeUnit.SECONDS));
            server.requireAlive();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void oneThatFailsSaysWhy() throws Exception {
        try (StormServer server = new StormServer(PROGRAM, directory, "fails")) {
            IOException failure = assertThrows(IOException.class, server::address);
            assertTrue(failure.getMessage().contains("no port is free"), failure.getMessage());
        }
    }

    @Test
    void soDoesOneThatEndsLater() throws Exception {
        StormServer server = new StormServer(PROGRAM, directory, "dies");
        assertEquals("127.0.0.1:4711", server.address());
        server.close();
        IOException failure = assertThrows(IOException.class, server::requireAlive);
        assertEquals("stand_in.py ended with exit code 1: memory ran out\n", failure.getMessage());
    }
}
