/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tasks of every kind, killed at random moments on the real shell executor: {@code storm.seconds} later nothing of them
 * is left, and the next run of the same node succeeds.
 *
 * <p>{@code DOLPHINML_TEST_ENVIRONMENT=VENV mvn verify -pl hardening-tests -am -Dtest=KillStormTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dstorm.kills=100 -Dstorm.seconds=5 -Dstorm.seed=} kills a hundred and
 * holds them to the promise.
 */
class KillStormTest {

    private static final int KILLS = Integer.getInteger("storm.kills", 12);
    /** How many of them meet containers, which take longest. */
    private static final int KILLS_OF_CONTAINERS = Math.max(1, KILLS / 20);

    private static final int AT_ONCE = 3;
    private static final double SECONDS_BEFORE_KILLED_HARD = 3;

    @TempDir
    Path directory;

    @RegisterExtension
    final TaskLogRecorder log = new TaskLogRecorder();

    @BeforeEach
    void record() {
        Assumptions.assumeTrue(
                StormPlaces.python() != null,
                "DOLPHINML_TEST_ENVIRONMENT names no Python environment with papermill, ipykernel and MLflow");
    }

    @Test
    void soonAfterAKillNothingIsLeftAndTheNextRunSucceeds() throws Exception {
        try (StormTraining training = new StormTraining(directory);
                StormStatements statements = new StormStatements(directory)) {
            List<StormTask> kinds = new ArrayList<>(Arrays.asList(StormNotebook.values()));
            kinds.addAll(Arrays.asList(statements, new StormDeployment(directory), new StormEnvironment(), training));
            storm(kinds, KILLS - KILLS_OF_CONTAINERS, AT_ONCE);
        }
    }

    @Test
    void norIsAContainer() throws Exception {
        try (StormContainers containers = new StormContainers(directory)) {
            // One after the other: what builds an image bears no name of its deployment.
            storm(Collections.singletonList(containers), KILLS_OF_CONTAINERS, 1);
        }
    }

    private void storm(List<StormTask> kinds, int count, int atOnce) throws Exception {
        long seed = Seed.ofThisRun("storm.seed");
        Random random = new Random(seed);
        ExecutorService pool = Executors.newFixedThreadPool(atOnce);
        try {
            List<Future<String>> kills = new ArrayList<>();
            for (int number = 0; number < count; number++) {
                StormTask kind = kinds.get(number % kinds.size());
                int moment = random.nextInt(kind.longest());
                Path place = Files.createDirectories(directory.resolve("kill-" + number));
                kills.add(pool.submit(() -> kill(kind, place, moment)));
            }
            for (Future<String> kill : kills) {
                System.out.println(kill.get());
            }
        } catch (Exception failed) {
            // No task can succeed without its server, and no kill is the reason.
            for (StormTask kind : kinds) {
                kind.requireServer();
            }
            throw new AssertionError("seed " + seed + ": " + failed + "\n" + log.text(), failed);
        } finally {
            pool.shutdownNow();
            pool.awaitTermination(1, TimeUnit.MINUTES);
        }
    }

    /** Kills one task and runs it again; returns a line about it. */
    private String kill(StormTask kind, Path place, int moment) throws Exception {
        StormRun killed = new StormRun(kind, place, kind.node(place, true));
        killed.start();
        killed.awaitEnd(moment);
        long begin = System.nanoTime();
        killed.cancel();
        killed.awaitNothing(begin);
        double seconds = (System.nanoTime() - begin) / 1e9;
        String what = kind + " killed after " + moment + " ms";
        assertTrue(killed.awaitEnd(Patience.millis()), what + ": its thread still runs");
        assertEquals(TaskExecutionStatus.KILL, killed.status(), what);
        assertEquals(new ArrayList<>(), killed.left(), what);
        // A tracking server that is busy itself has two seconds to take the end of a run.
        boolean inTime = seconds < SECONDS_BEFORE_KILLED_HARD && !log.text().contains("could not be closed as KILLED");
        String told = kind.check(place, true, inTime);
        StormRun next = new StormRun(kind, place, kind.node(place, false));
        next.start();
        next.awaitEnd(TimeUnit.MINUTES.toMillis(15));
        assertEquals(TaskExecutionStatus.SUCCESS, next.status(), "the run after " + what);
        kind.check(place, false, true);
        TestNode undo = kind.undo(place);
        if (undo != null) {
            StormRun undone = new StormRun(kind, place, undo);
            undone.start();
            undone.awaitEnd(TimeUnit.MINUTES.toMillis(15));
            assertEquals(TaskExecutionStatus.SUCCESS, undone.status(), "the undoing after " + what);
        }
        next.awaitNothing(System.nanoTime());
        assertEquals(new ArrayList<>(), next.left(), "the run after " + what);
        return String.format("%s: gone after %.1f s%s", what, seconds, told);
    }
}
