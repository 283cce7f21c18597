package io.github.dolphinml.mlflow.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.shell.BashRenderer;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.mlflow.MlflowParameters;
import io.github.dolphinml.mlflow.config.ProjectRunReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each folder of golden/project/ has a task's JSON and what is planned for it: the script, the request and the list of
 * staged files. {@code mvn test -Dgolden.update=true} writes the latter anew.
 */
class ProjectPlanTest {

    private static final Path GOLDEN = Paths.get("src/test/resources/golden/project");
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    @TempDir
    Path directory;

    static Stream<Path> cases() throws Exception {
        return Files.list(GOLDEN).sorted().collect(Collectors.toList()).stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theWholePlan(Path golden) throws Exception {
        String task = read(golden.resolve("task.json"));
        TaskExecutionContext context = TestNode.of("MLFLOW", directory)
                .tenant("alice")
                .global("C", "0.5")
                .global("system.datetime", "20260102030405")
                .context();
        context.setTaskParams(task);
        Node node = new Node(MlParameters.read(task, new MlflowParameters()), context);
        ControlDirectory control = new ControlDirectory(context.getExecutePath(), "12345678", RunUser.worker());
        ExecutionPlan plan =
                new ProjectPlanner(node, control, node.secretValues()).plan(new ProjectRunReader(node).read());
        node.problems().throwIfAny();

        check(golden.resolve("script.sh"), BashRenderer.render(plan), context);
        check(golden.resolve("files.txt"), files(plan), context);
        for (StagedFile file : plan.files()) {
            if (file.path().endsWith("request.json")) {
                String name = file.path().contains("environment") ? "environment.json" : "request.json";
                String text = new String(file.content(), StandardCharsets.UTF_8);
                check(golden.resolve(name), JSON.writeValueAsString(JSON.readTree(text)) + "\n", context);
            }
        }
    }

    private static String files(ExecutionPlan plan) {
        return plan.files().stream()
                .filter(file -> !file.path().startsWith("python/"))
                .map(file -> file.mode().permissions() + " " + file.path() + "\n")
                .collect(Collectors.joining());
    }

    private static void check(Path expected, String actual, TaskExecutionContext context) throws Exception {
        String comparable = actual.replace(context.getExecutePath(), "/exec")
                .replace("\"instanceId\" : " + context.getTaskInstanceId(), "\"instanceId\" : 1");
        if (Boolean.getBoolean("golden.update")) {
            Files.write(expected, comparable.getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(read(expected), comparable);
    }

    private static String read(Path file) throws Exception {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
