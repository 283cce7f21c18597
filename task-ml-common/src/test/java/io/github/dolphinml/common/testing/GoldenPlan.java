/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.testing;

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
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/**
 * A folder below golden/ with a task's JSON and what is planned for it: the script, the request and the list of staged
 * files. {@code mvn test -Dgolden.update=true} regenerates the latter.
 */
public final class GoldenPlan {

    private static final Path GOLDEN = Paths.get("src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private GoldenPlan() {}

    /** The folders in a folder below golden/; its own if the name is empty. */
    public static Stream<Path> cases(String folder) throws IOException {
        try (Stream<Path> found = Files.list(GOLDEN.resolve(folder))) {
            return found.sorted().collect(Collectors.toList()).stream();
        }
    }

    /**
     * Plans the task of a folder and compares.
     *
     * @param type the task type
     * @param parameters empty ones
     * @param directory where the task would run
     * @param planner plans what a node asks for
     */
    public static void check(
            Path golden,
            String type,
            MlParameters parameters,
            Path directory,
            BiFunction<Node, ControlDirectory, ExecutionPlan> planner)
            throws IOException {
        String task = read(golden.resolve("task.json"));
        TaskExecutionContext context = TestNode.of(type, directory)
                .tenant("alice")
                .global("C", "0.5")
                .global("system.datetime", "20260102030405")
                .context();
        context.setTaskParams(task);
        Node node = new Node(MlParameters.read(task, parameters), context);
        ControlDirectory control = new ControlDirectory(context.getExecutePath(), "12345678", RunUser.worker());
        ExecutionPlan plan = planner.apply(node, control);
        node.problems().throwIfAny();

        compare(golden.resolve("script.sh"), BashRenderer.render(plan), context);
        compare(golden.resolve("files.txt"), files(plan), context);
        for (StagedFile file : plan.files()) {
            String text = new String(file.content(), StandardCharsets.UTF_8);
            if (file.path().endsWith("request.json")) {
                compare(golden.resolve(name(file)), JSON.writeValueAsString(JSON.readTree(text)) + "\n", context);
            } else if (file.path().startsWith("private/")) {
                compare(golden.resolve(name(file)), text, context);
            }
        }
    }

    /** {@code private/request.json} is request.json, {@code private/environment/request.json} is environment.json. */
    private static String name(StagedFile file) {
        return file.path().substring("private/".length()).replace("/request.json", ".json");
    }

    private static String files(ExecutionPlan plan) {
        return plan.files().stream()
                .filter(file -> !file.path().startsWith("python/"))
                .map(file -> file.mode().permissions() + " " + file.path() + "\n")
                .collect(Collectors.joining());
    }

    private static void compare(Path expected, String actual, TaskExecutionContext context) throws IOException {
        String comparable = actual.replace(context.getExecutePath(), "/exec")
                .replace("\"instanceId\" : " + context.getTaskInstanceId(), "\"instanceId\" : 1");
        if (Boolean.getBoolean("golden.update")) {
            Files.write(expected, comparable.getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(read(expected), comparable);
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
