package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
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
    private static final double SECONDS = 5;

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
        Run killed = new Run(kind, place, kind.node(place, true));
        killed.start();
        killed.thread.join(moment);
        long begin = System.nanoTime();
        killed.task.cancel();
        killed.awaitNothing(begin);
        double seconds = (System.nanoTime() - begin) / 1e9;
        killed.thread.join(TimeUnit.SECONDS.toMillis(10));
        String what = kind + " killed after " + moment + " ms";
        assertFalse(killed.thread.isAlive(), what + ": its thread still runs");
        assertEquals(TaskExecutionStatus.KILL, killed.task.getExitStatus(), what);
        assertEquals(new ArrayList<>(), killed.left(), what);
        Run next = new Run(kind, place, kind.node(place, false));
        next.start();
        next.thread.join(TimeUnit.MINUTES.toMillis(4));
        assertEquals(TaskExecutionStatus.SUCCESS, next.task.getExitStatus(), "the run after " + what);
        TestNode undo = kind.undo(place);
        if (undo != null) {
            Run undone = new Run(kind, place, undo);
            undone.start();
            undone.thread.join(TimeUnit.MINUTES.toMillis(1));
            assertEquals(TaskExecutionStatus.SUCCESS, undone.task.getExitStatus(), "the undoing after " + what);
        }
        next.awaitNothing(System.nanoTime());
        assertEquals(new ArrayList<>(), next.left(), "the run after " + what);
        return String.format("%s: gone after %.1f s", what, seconds);
    }

    /** One run of a node, with directories of its own for all that programs leave. */
    private static final class Run {

        private final Path place;
        private final String entry = "STORM=" + UUID.randomUUID();
        private final TaskExecutionContext context;
        private final AbstractTask task;
        private final Thread thread;

        Run(StormTask kind, Path place, TestNode node) throws IOException {
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

        /** Waits until no process is left; fails if one is when the time is over. */
        void awaitNothing(long begin) throws Exception {
            List<String> living = living();
            while (!living.isEmpty()) {
                assertTrue((System.nanoTime() - begin) / 1e9 < SECONDS, "still alive: " + living);
                Thread.sleep(50);
                living = living();
            }
        }

        private List<String> living() throws IOException {
            List<String> living = LiveProcesses.with(entry);
            Path pids = Path.of(context.getExecutePath()).resolve("pids");
            for (Path file : list(pids)) {
                String pid = new String(Files.readAllBytes(file)).trim();
                if (!pid.isEmpty() && LiveProcesses.lives(pid)) {
                    living.add(file.getFileName() + " " + pid);
                }
            }
            return living;
        }

        /** Files that are no result: of ours, of the kernel's, of papermill's. */
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
}
