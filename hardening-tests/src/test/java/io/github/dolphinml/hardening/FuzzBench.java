/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.option.CommonOptions;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.run.StagedPlan;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** Where nodes are planned, staged and run in real bash, and where it is looked at what came of it. */
final class FuzzBench {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MARKER = "fuzz-1";
    private static final Set<String> VARIABLES = new HashSet<>(Arrays.asList(
            "PATH", "HOME", "LANG", "PWD", "OLDPWD", "SHLVL", "_", "DOLPHINML_RUN", "DOLPHINML_PREPARED"));

    private final Path home;
    private final Path work;
    private final Tripwires tripwires;
    private final FuzzedTask task;
    private final ObjectNode plain;
    private int cases;

    /**
     * @param directory an empty one
     */
    FuzzBench(Path directory, FuzzedTask task) throws Exception {
        this.task = task;
        home = Files.createDirectories(directory.resolve("home/.conda")).getParent();
        work = Files.createDirectories(directory.resolve("work/environments")).getParent();
        tripwires = new Tripwires(Files.createDirectories(directory.resolve("tripwires")));
        try (Case usual = plan(task.node(work))) {
            plain = request(usual.plan, "private/request.json");
        }
    }

    Path home() {
        return home;
    }

    Path work() {
        return work;
    }

    Tripwires tripwires() {
        return tripwires;
    }

    /** Reads and plans a node as the worker does. */
    Case plan(TestNode node) {
        TaskExecutionContext context = node.context();
        Path working = Paths.get(context.getExecutePath());
        ControlDirectory control = new ControlDirectory(working.toString(), "12345678", RunUser.worker());
        try {
            Node read = task.read(context);
            read.secretValues();
            read.options(CommonOptions.OUTPUT);
            ExecutionPlan plan = task.plan(read, control);
            read.problems().throwIfAny();
            return new Case(working, control, plan);
        } catch (RuntimeException refused) {
            assertEmpty(working);
            throw refused;
        }
    }

    private static ObjectNode request(ExecutionPlan plan, String path) throws IOException {
        for (StagedFile file : plan.files()) {
            if (file.path().equals(path)) {
                return usual((ObjectNode) JSON.readTree(file.content()));
            }
        }
        throw new AssertionError("the plan has no file " + path);
    }

    /** Takes out what differs from case to case, or is cut for people to read. */
    private static ObjectNode usual(ObjectNode request) {
        request.put("workdir", "");
        ((ObjectNode) request.get("task")).put("instanceId", 0);
        if (request.has("project")) {
            ((ObjectNode) request.get("project")).remove("presetEnvironment");
        }
        for (JsonNode statement : request.at("/statements/list")) {
            ((ObjectNode) statement).put("head", "");
        }
        return request;
    }

    private static void assertEmpty(Path working) {
        try (Stream<Path> left = Files.list(working)) {
            assertEquals(Collections.emptyList(), left.collect(Collectors.toList()));
            Files.delete(working);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    /** One planned node. */
    final class Case implements AutoCloseable {

        private final Path working;
        private final ControlDirectory control;
        private final ExecutionPlan plan;
        private final ObjectNode expected = plain == null ? null : plain.deepCopy();

        private Case(Path working, ControlDirectory control, ExecutionPlan plan) {
            this.working = working;
            this.control = control;
            this.plan = plan;
        }

        /** Runs the script in real bash; Python and nothing else is started, with our own arguments and variables. */
        void runAndCheck(HostileEnvironment environment) throws Exception {
            tripwires.forget();
            String line = StagedPlan.stage(plan, control, MARKER);
            assertEquals("rw-------", mode("private/run.sh"));
            assertEquals("rw-------", mode("private/request.json"));
            assertEquals("rwx------", mode("private"));
            String output = output(line);
            List<List<String>> starts = tripwires.starts();
            if (environment.isMissing()) {
                environment.checkRefusal(starts, output);
                return;
            }
            Exactly.same("the output", "", output);
            Exactly.same("what was started", expectedStarts(environment), starts);
            for (String variable : tripwires.variables(starts.size() - 1)) {
                String name = variable.substring(0, variable.indexOf('='));
                if (!VARIABLES.contains(name)) {
                    throw new AssertionError("a variable that nobody set: " + variable);
                }
            }
            if (environment.isBuilt()) {
                JsonNode asked = JSON.readTree(Paths.get(control.privateFile("environment/request.json"))
                        .toFile());
                Exactly.same(
                        "the environment",
                        environment.text().trim(),
                        asked.get("source").textValue());
            }
        }

        private String mode(String file) throws IOException {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(Paths.get(control.file(file))));
        }

        private String output(String line) throws Exception {
            ProcessBuilder builder = new ProcessBuilder("/usr/bin/bash", "-c", line).directory(working.toFile());
            builder.environment().clear();
            builder.environment().put("PATH", tripwires.path().toString());
            builder.environment().put("HOME", home.toString());
            // Workers that a service manager starts often have no locale.
            builder.environment().put("LANG", cases++ % 2 == 0 ? "C.UTF-8" : "C");
            Process process = builder.redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return output;
        }

        private List<List<String>> expectedStarts(HostileEnvironment environment) {
            List<List<String>> starts = new ArrayList<>();
            if (environment.isBuilt()) {
                starts.add(Arrays.asList(
                        tripwires.path().resolve("python3").toString(),
                        "-E",
                        "-s",
                        control.file("python/dolphinml/environment/prepare_environment.py"),
                        control.privateFile("environment/request.json"),
                        "bash",
                        control.privateFile("run.sh")));
            }
            List<String> program = new ArrayList<>(Collections.singletonList(environment.python()));
            program.addAll(plan.steps().get(plan.steps().size() - 1).argv());
            starts.add(program);
            return starts;
        }

        /** A text that has to be in the request. */
        void expect(FuzzedField field, String value) {
            field.arrive(expected, value);
        }

        /** The staged request is the plain one but for what was expected. */
        void checkRequest() throws IOException {
            JsonNode staged =
                    JSON.readTree(Paths.get(control.privateFile("request.json")).toFile());
            Exactly.same("the request", expected, usual((ObjectNode) staged));
        }

        /** Removes the files; nothing else may be in the working directory. */
        @Override
        public void close() throws IOException {
            StagedPlan.remove(control);
            assertEmpty(working);
        }
    }
}
