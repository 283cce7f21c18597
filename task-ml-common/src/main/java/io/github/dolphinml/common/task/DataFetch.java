/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import io.github.dolphinml.common.data.DataInput;
import io.github.dolphinml.common.data.DataOptions;
import io.github.dolphinml.common.data.RepositoryUrl;
import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.plan.Step;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.shell.BashRenderer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Fetches the versions of data that a run takes as its inputs, before the run and in an environment of its own: a script
 * beside the run's script, so that nothing of that environment remains.
 */
public final class DataFetch {

    private static final OptionCatalogue OPTIONS = OptionCatalogue.onOtherTypes(
            "dvc",
            DataOptions.ENVIRONMENT,
            DataOptions.REMOTE,
            DataOptions.GIT_USER,
            DataOptions.GIT_PASSWORD,
            DataOptions.JOBS,
            DataOptions.LINK,
            DataOptions.CACHE_DIRECTORY,
            DataOptions.CACHE_LIMIT);

    private static final PythonProgram PROGRAM = PythonProgram.of("data/fetch_inputs.py", "data");
    private static final String PREFIX = "data-";

    private final Node node;
    private final List<DataInput> inputs;
    private final OptionValues options;
    private final NodeEnvironment environment;

    /** What a node's inputs are; what is wrong with the options is a fault of the node. */
    public DataFetch(Node node, List<DataInput> inputs) {
        this.node = node;
        this.inputs = Collections.unmodifiableList(new ArrayList<>(inputs));
        this.options = inputs.isEmpty() ? null : node.options(OPTIONS);
        this.environment = inputs.isEmpty()
                ? null
                : NodeEnvironment.orRequirement(
                        "dvc.environment", options.find(DataOptions.ENVIRONMENT).orElse(""), node);
    }

    /** The inputs. */
    public List<DataInput> inputs() {
        return inputs;
    }

    /** Where each input will be on the worker, absolute, by the name of its parameter. */
    public Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        inputs.forEach(input -> paths.put(input.name(), node.workingDirectory() + "/" + input.path()));
        return paths;
    }

    /** Passwords in addresses and options. */
    public Set<String> secrets() {
        Set<String> secrets = new LinkedHashSet<>();
        if (!inputs.isEmpty()) {
            inputs.forEach(input -> secrets.addAll(RepositoryUrl.passwords(input.repository())));
            options.find(DataOptions.GIT_PASSWORD)
                    .filter(password -> !SecretReference.nameIn(password).isPresent())
                    .ifPresent(secrets::add);
        }
        return secrets;
    }

    /** The file in which the run's program finds what was fetched; empty without inputs. */
    Optional<String> report(ControlDirectory control) {
        return inputs.isEmpty() ? Optional.empty() : Optional.of(control.privateFile(PREFIX + "report.json"));
    }

    /** Adds the fetching to a plan whose environment is active. */
    void addTo(ExecutionPlan.Builder plan, ControlDirectory control, Collection<String> secrets) {
        if (inputs.isEmpty()) {
            return;
        }
        EnvironmentSteps steps = environment.stepsNamed(PREFIX, control, PythonOrder.PATH_FIRST, "dvc");
        ExecutionPlan fetching = ExecutionPlan.builder()
                .steps(steps.steps())
                .step(Step.python(control.file(PROGRAM.path()), control.privateFile(PREFIX + "request.json")))
                .build();
        plan.folder(DataInput.FOLDER)
                .files(steps.files())
                .files(PROGRAM.files())
                .file(new TaskRequest(node, secrets)
                        .with("inputs", request())
                        .file("private/" + PREFIX + "request.json"))
                .file(StagedFile.text("private/" + PREFIX + "run.sh", BashRenderer.render(fetching), FileMode.PRIVATE))
                .step(Step.run("bash", control.privateFile(PREFIX + "run.sh")));
    }

    private List<Map<String, Object>> request() {
        List<Map<String, Object>> list = new ArrayList<>();
        for (DataInput input : inputs) {
            Map<String, Object> request = new LinkedHashMap<>();
            request.put("name", input.name());
            request.put("repository", input.repository());
            request.put("version", input.version().orElse(null));
            request.put("location", input.location());
            request.put("path", input.path());
            request.put("remote", options.find(DataOptions.REMOTE).orElse(null));
            request.put("gitUser", DataOptions.credential(options, DataOptions.GIT_USER));
            request.put("gitPassword", DataOptions.credential(options, DataOptions.GIT_PASSWORD));
            request.put("jobs", options.find(DataOptions.JOBS).orElse(null));
            request.put("link", options.get(DataOptions.LINK));
            request.put("cacheDir", options.find(DataOptions.CACHE_DIRECTORY).orElse(null));
            request.put("cacheLimit", options.find(DataOptions.CACHE_LIMIT).orElse(null));
            list.add(request);
        }
        return list;
    }
}
