/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.ds.RunUser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormerRunsTest {

    private static final int LOOKS = 300;

    @TempDir
    Path directory;

    /** Workers remove the directories of nodes that end while those beside them begin. */
    @Test
    void directoriesMayVanishWhileTheyAreLookedThrough() throws Exception {
        Path instance = Files.createDirectories(directory.resolve("7"));
        ControlDirectory control =
                new ControlDirectory(instance.resolve("12").toString(), "12345678", RunUser.worker());
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean looking = new AtomicBoolean(true);
        Thread worker = new Thread(() -> comeAndGo(instance, begun, looking));
        worker.setDaemon(true);
        worker.start();
        begun.await();
        for (int look = 0; look < LOOKS; look++) {
            assertEquals(Collections.emptyList(), new FormerRuns(control, RunUser.worker(), "7/a task").end());
        }
        assertTrue(worker.isAlive());
        looking.set(false);
        worker.join();
    }

    private static void comeAndGo(Path instance, CountDownLatch begun, AtomicBoolean looking) {
        try {
            while (looking.get()) {
                Path run = Files.createDirectories(instance.resolve("13/.dolphinml-87654321"));
                Path record = Files.write(run.resolve("run"), "0-1\n7/another task".getBytes(StandardCharsets.UTF_8));
                begun.countDown();
                Files.delete(record);
                Files.delete(run);
                Files.delete(run.getParent());
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
