package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tasks of every kind, killed at random moments on the real shell executor: five seconds later nothing of them is left,
 * and the next run of the same node succeeds.
 *
 * <p>{@code DOLPHINML_TEST_ENVIRONMENT=VENV mvn verify -pl hardening-tests -am -Dtest=KillStormTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dstorm.kills=100} kills a hundred.
 */
class KillStormTest {

    private static final int KILLS = Integer.getInteger("storm.kills", 10);
    private static final int AT_ONCE = 3;

    @TempDir
    Path directory;

    private final TaskLogRecorder log = new TaskLogRecorder();

    @BeforeEach
    void record() {
        log.start();
    }

    @AfterEach
    void stopRecording() {
        log.stop();
    }

    @Test
    void fiveSecondsAfterAKillNothingIsLeftAndTheNextRunSucceeds() throws Exception {
        Assumptions.assumeTrue(
                StormPlaces.python() != null,
                "DOLPHINML_TEST_ENVIRONMENT names no Python environment with papermill, ipykernel and MLflow");
        long seed = Seed.ofThisRun();
        Random random = new Random(seed);
        ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
        try (StormStatements statements = new StormStatements(directory)) {
            List<StormTask> kinds = new ArrayList<>(Arrays.asList(StormNotebook.values()));
            kinds.addAll(Arrays.asList(statements, new StormDeployment(directory), new StormEnvironment()));
            List<Future<String>> kills = new ArrayList<>();
            for (int number = 0; number < KILLS; number++) {
                StormTask kind = kinds.get(number % kinds.size());
                int moment = random.nextInt(kind.longest());
                Path place = Files.createDirectories(directory.resolve("kill-" + number));
                kills.add(pool.submit(() -> kill(kind, place, moment)));
            }
            for (Future<String> kill : kills) {
                System.out.println(kill.get());
            }
        } catch (Exception failed) {
            throw new AssertionError("seed " + seed + ": " + failed + "\n" + log.text(), failed);
        } finally {
            pool.shutdownNow();
            pool.awaitTermination(1, TimeUnit.MINUTES);
        }
    }

    /** Kills one task and runs it anew; returns a line about it. */
    private String kill(StormTask kind, Path place, int moment) throws Exception {
        StormRun killed = new StormRun(kind, place, kind.node(place, true));
        killed.start();
        killed.awaitEnd(moment);
        long begin = System.nanoTime();
        killed.cancel();
        killed.awaitNothing(begin);
        double seconds = (System.nanoTime() - begin) / 1e9;
        String what = kind + " killed after " + moment + " ms";
        assertTrue(killed.awaitEnd(TimeUnit.SECONDS.toMillis(10)), what + ": its thread still runs");
        assertEquals(TaskExecutionStatus.KILL, killed.status(), what);
        assertEquals(new ArrayList<>(), killed.left(), what);
        StormRun next = new StormRun(kind, place, kind.node(place, false));
        next.start();
        next.awaitEnd(TimeUnit.MINUTES.toMillis(4));
        assertEquals(TaskExecutionStatus.SUCCESS, next.status(), "the run after " + what);
        TestNode undo = kind.undo(place);
        if (undo != null) {
            StormRun undone = new StormRun(kind, place, undo);
            undone.start();
            undone.awaitEnd(TimeUnit.MINUTES.toMillis(1));
            assertEquals(TaskExecutionStatus.SUCCESS, undone.status(), "the undoing after " + what);
        }
        next.awaitNothing(System.nanoTime());
        assertEquals(new ArrayList<>(), next.left(), "the run after " + what);
        return String.format("%s: gone after %.1f s", what, seconds);
    }
}
