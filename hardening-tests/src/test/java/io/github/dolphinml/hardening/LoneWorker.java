/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import java.nio.file.Path;
import java.nio.file.Paths;

/** A worker in a process of its own that runs one notebook, so that it can be killed. */
final class LoneWorker {

    private LoneWorker() {}

    /** Arguments: the notebook's kind, its place, and what the environment of its processes has in it. */
    public static void main(String[] arguments) throws Exception {
        StormNotebook kind = StormNotebook.valueOf(arguments[0]);
        Path place = Paths.get(arguments[1]);
        StormRun run = new StormRun(kind, place, kind.node(place, true), arguments[2]);
        run.start();
        run.awaitEnd(Long.MAX_VALUE);
    }

    /** Starts one. */
    static Process start(StormNotebook kind, Path place, String entry) throws Exception {
        return new ProcessBuilder(
                        Paths.get(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoneWorker.class.getName(),
                        kind.name(),
                        place.toString(),
                        entry)
                .redirectErrorStream(true)
                .redirectOutput(place.resolve("worker.log").toFile())
                .start();
    }
}
