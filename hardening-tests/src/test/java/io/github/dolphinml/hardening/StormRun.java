/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;

/** One run of a node, with directories of its own for all that programs leave. */
final class StormRun {

    private static final int SECONDS = Integer.getInteger("storm.seconds", Patience.ENOUGH);

    private final StormTask kind;
    private final Path place;
    private final String entry;
    private final TaskExecutionContext context;
    private final AbstractTask task;
    private final Thread thread;

    StormRun(StormTask kind, Path place, TestNode node) throws IOException {
        this(kind, place, node, "STORM=" + UUID.randomUUID());
    }

    /**
     * @param entry what the environment of all its processes has in it
     */
    StormRun(StormTask kind, Path place, TestNode node, String entry) throws IOException {
        this.kind = kind;
        this.entry = entry;
        this.place = place;
        for (String folder : Arrays.asList("home", "tmp", "runtime")) {
            Files.createDirectories(place.resolve(folder));
        }
        context = node.environment("export " + entry + " HOME='" + place + "/home' TMPDIR='" + place
                        + "/tmp' JUPYTER_RUNTIME_DIR='" + place + "/runtime'\nunset XDG_CACHE_HOME XDG_STATE_HOME\n"
                        + kind.environment(place))
                .context();
        task = kind.task(context);
        task.init();
        thread = new Thread(() -> task.handle(null), "taskAppId=TASK-" + context.getTaskInstanceId());
    }

    void start() {
        thread.start();
    }

    void cancel() throws Exception {
        task.cancel();
    }

    /** Whether it has ended within so many milliseconds. */
    boolean awaitEnd(long milliseconds) throws InterruptedException {
        thread.join(milliseconds);
        return !thread.isAlive();
    }

    TaskExecutionStatus status() {
        return task.getExitStatus();
    }

    /** Waits until no process is left; fails if one is when the time is over. */
    void awaitNothing(long begin) throws Exception {
        List<String> living = living();
        while (!living.isEmpty()) {
            assertTrue((System.nanoTime() - begin) / 1e9 < SECONDS, "still alive: " + living);
            Thread.sleep(50);
            living = living();
        }
    }

    /** What lives of it, also what has left its environment behind. */
    List<String> living() throws Exception {
        List<String> living = LiveProcesses.with(entry);
        living.addAll(kind.living(place));
        Path pids = Path.of(context.getExecutePath()).resolve("pids");
        for (Path file : list(pids)) {
            String pid = new String(Files.readAllBytes(file)).trim();
            if (!pid.isEmpty() && LiveProcesses.lives(pid)) {
                living.add(file.getFileName() + " " + pid);
            }
        }
        return living;
    }

    /** Files that are not a result: of ours, of the kernel's, of papermill's. */
    List<String> left() throws IOException {
        List<Path> left = new ArrayList<>(list(place.resolve("tmp")));
        left.addAll(list(place.resolve("runtime")));
        for (Path file : list(Path.of(context.getExecutePath()))) {
            if (file.getFileName().toString().startsWith(".dolphinml")) {
                left.add(file);
            }
        }
        return left.stream().map(Path::toString).collect(Collectors.toList());
    }

    private static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return new ArrayList<>();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.collect(Collectors.toList());
        }
    }
}
