/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.DataFetch;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.NodeEnvironment;
import io.github.dolphinml.common.validate.Problems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and validates the form of an MLFLOW node of the type MLflow Projects. */
public final class ProjectRunReader {

    private static final Pattern USER_INFO = Pattern.compile("https?://([^/@]+)@.*");

    private final Node node;
    private final Problems problems;

    /** Creates a reader for one node. Faults are added to the node's problems. */
    public ProjectRunReader(Node node) {
        this.node = node;
        this.problems = node.problems();
    }

    /** Returns the run that the node requests. Use it only if the node has no faults. */
    public ProjectRun read() {
        OptionValues options = node.options(MlflowOptions.CATALOGUE);
        TrackingServer server = TrackingServer.of(node);
        ProjectRun.Builder run = new ProjectRun.Builder()
                .environment(NodeEnvironment.of(
                        "mlflow.environment",
                        options.find(MlflowOptions.ENVIRONMENT).orElse(""),
                        node))
                .recordedBy(server, experiment())
                .options(options);
        DataFetch data = new DataFetch(node, options.get(ProjectOptions.DATA));
        run.data(data);
        Set<String> secrets = new LinkedHashSet<>(server.secrets());
        secrets.addAll(data.secrets());
        ProjectJob job = ProjectJob.of(node);
        Optional<PresetRepository> repository = PresetRepository.of(options);
        if (job == ProjectJob.CUSTOM) {
            ProjectCommand command = custom(data);
            secrets.addAll(secretsOf(command));
            run.command(command);
        } else if (repository.isPresent()) {
            ProjectCommand command = repository.get().command(new PresetTrainingReader(node).read(job));
            secrets.addAll(secretsOf(command));
            run.command(command);
        } else {
            run.preset(new PresetTrainingReader(node).read(job));
        }
        return run.secrets(secrets).build();
    }

    private Optional<String> experiment() {
        Optional<String> name = node.text("experimentName");
        if (name.isPresent() && name.get().chars().anyMatch(Character::isISOControl)) {
            problems.add("experimentName", "it holds a control character", "leave it out");
        }
        return name;
    }

    private ProjectCommand custom(DataFetch data) {
        String field = "mlflowProjectRepository";
        String repository = node.required(field, "give the address of a git repository or a directory");
        if (repository.indexOf('\0') >= 0) {
            problems.add(field, "it holds a NUL character", "leave it out");
        }
        Optional<String> version = node.text("mlflowProjectVersion");
        if (version.isPresent() && !ProjectCommand.mayBeGit(repository)) {
            problems.warn("mlflowProjectVersion is for git repositories; it has no effect on " + repository + ".");
            version = Optional.empty();
        }
        List<String> words = new ArrayList<>(words());
        data.paths().forEach((name, path) -> {
            if (words.stream().anyMatch(word -> word.startsWith(name + "="))) {
                problems.add(
                        "mlflow.data",
                        "params has the parameter " + name + ", too",
                        "use another name for one of them");
            }
            words.addAll(Arrays.asList("-P", name + "=" + path));
        });
        return new ProjectCommand(repository, version.orElse(null), words);
    }

    private List<String> words() {
        try {
            return CommandWords.of(node.freeText("params").orElse(""), node.placeholders());
        } catch (IllegalArgumentException unclosed) {
            problems.add("params", unclosed.getMessage(), "write options as on the command line of mlflow run");
            return Collections.emptyList();
        }
    }

    /** Returns the values of parameters with secret names, and the credentials in the repository's address. */
    private Set<String> secretsOf(ProjectCommand command) {
        Set<String> secrets = new LinkedHashSet<>(command.valuesOf(node.secretNames()::matches));
        Matcher address = USER_INFO.matcher(command.repository());
        if (address.matches()) {
            String[] parts = address.group(1).split(":", 2);
            secrets.add(parts[parts.length - 1]);
        }
        secrets.remove("");
        return secrets;
    }
}
