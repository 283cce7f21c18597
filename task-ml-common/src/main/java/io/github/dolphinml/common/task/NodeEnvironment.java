/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.ds.WorkerProperties;
import io.github.dolphinml.common.environment.EnvironmentChoice;
import io.github.dolphinml.common.environment.EnvironmentOptions;
import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.run.Resource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The environment that a field of a node names, and how this worker activates it. */
public final class NodeEnvironment {

    /** The key by which DolphinScheduler's own plugins find conda. */
    private static final String CONDA_PATH = "conda.path";

    private static final String CONDA_PATH_DEFAULT = "/opt/anaconda3/etc/profile.d/conda.sh";
    private static final String CONDA_SCRIPT = "/etc/profile.d/conda.sh";
    private static final String SHELL = "dolphinml/shell/";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String field;
    private final EnvironmentChoice choice;
    private final Map<String, Object> identity;
    private final OptionValues options;

    private NodeEnvironment(String field, EnvironmentChoice choice, Node node) {
        this.field = field;
        this.choice = choice;
        this.identity = node.identity();
        this.options = node.options(EnvironmentOptions.CATALOGUE);
    }

    /**
     * Reads the environment of a node; a text that names no environment is a fault of the node.
     *
     * @param field the form's name for it
     * @param text resolved; blank for the Python on PATH
     */
    public static NodeEnvironment of(String field, String text, Node node) {
        return new NodeEnvironment(field, EnvironmentChoice.of(field, text, node.problems()), node);
    }

    /** The same for an option that may also be one package, as in {@code dvc[s3]}. */
    public static NodeEnvironment orRequirement(String field, String text, Node node) {
        return new NodeEnvironment(field, EnvironmentChoice.orRequirement(field, text, node.problems()), node);
    }

    /** What the node says. */
    public EnvironmentChoice choice() {
        return choice;
    }

    /**
     * The files and steps that activate it, building it first where it comes as a file.
     *
     * @param packages what the task needs and a requirements file may lack, the one that it cannot do without in front
     */
    public EnvironmentSteps steps(ControlDirectory control, PythonOrder order, String... packages) {
        return stepsNamed("", control, order, packages);
    }

    /**
     * The same for a second environment of a run.
     *
     * @param prefix what the names of its files begin with, so that they are not those of the first
     */
    EnvironmentSteps stepsNamed(String prefix, ControlDirectory control, PythonOrder order, String... packages) {
        String activate = prefix + EnvironmentSteps.ACTIVATE;
        String name = choice.isBuilt() ? "" : choice.text();
        EnvironmentSteps activation = EnvironmentSteps.existing(
                StagedFile.text(activate, Resource.text(SHELL + EnvironmentSteps.ACTIVATE), FileMode.READABLE),
                control.file(activate),
                Arrays.asList(field, condaScript(), name, order.word(), packages.length == 0 ? "" : packages[0]));
        return choice.isBuilt() ? built(prefix, control, Arrays.asList(packages), activation) : activation;
    }

    private EnvironmentSteps built(
            String prefix, ControlDirectory control, List<String> packages, EnvironmentSteps activation) {
        PythonProgram program = PythonProgram.of("environment/prepare_environment.py", "environment");
        String prepare = prefix + EnvironmentSteps.PREPARE;
        String request = prefix + "environment/request.json";
        List<StagedFile> files = new ArrayList<>(program.files());
        files.add(StagedFile.text(prepare, Resource.text(SHELL + EnvironmentSteps.PREPARE), FileMode.READABLE));
        String source = choice.text();
        if (choice.kind() == EnvironmentChoice.Kind.REQUIREMENT) {
            String file = prefix + "environment/" + choice.text();
            files.add(StagedFile.text(file, choice.text() + "\n", FileMode.READABLE));
            source = control.file(file);
        }
        files.add(StagedFile.text(
                "private/" + request,
                json(buildRequest(source, control.privateFile(prefix + "request.json"), packages)),
                FileMode.PRIVATE));
        List<String> arguments = Arrays.asList(field, control.file(program.path()), control.privateFile(request));
        return EnvironmentSteps.built(files, control.file(prepare), arguments, activation);
    }

    /** The secrets that the program will need are looked for before anything is built. */
    private Map<String, Object> buildRequest(String source, String taskRequest, List<String> packages) {
        Map<String, Object> request = request(choice.kind(), source, packages);
        request.put("taskRequests", Collections.singletonList(taskRequest));
        return request;
    }

    /**
     * What {@code prepare_environment.py} is to be asked for, by a program that finds out itself what it needs: it adds
     * {@code source}, the path of a requirements file.
     */
    public Map<String, Object> order() {
        return request(EnvironmentChoice.Kind.REQUIREMENTS, null, Collections.emptyList());
    }

    private Map<String, Object> request(EnvironmentChoice.Kind kind, String source, List<String> packages) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("task", identity);
        request.put("field", field);
        request.put("source", source);
        request.put("kind", kind.word());
        request.put("cacheDir", options.find(EnvironmentOptions.CACHE_DIRECTORY).orElse(null));
        request.put("cacheLimit", options.find(EnvironmentOptions.CACHE_LIMIT).orElse(null));
        request.put("refresh", options.find(EnvironmentOptions.REFRESH).orElse(false));
        request.put("builder", options.find(EnvironmentOptions.BUILDER).orElse("auto"));
        request.put("python", options.find(EnvironmentOptions.PYTHON).orElse(null));
        request.put("condaRoot", condaRoot());
        request.put("addIfMissing", packages);
        request.put("secrets", Collections.emptyList());
        return request;
    }

    private static String json(Map<String, Object> request) {
        try {
            return JSON.writeValueAsString(request);
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException("The request for an environment cannot be written as JSON", unwritable);
        }
    }

    private static String condaScript() {
        return WorkerProperties.find(CONDA_PATH).orElse(CONDA_PATH_DEFAULT);
    }

    /** Where this worker's conda is, by {@code conda.path}; null where that names no installation. */
    public static String condaRoot() {
        String script = condaScript();
        return script.endsWith(CONDA_SCRIPT) ? script.substring(0, script.length() - CONDA_SCRIPT.length()) : null;
    }
}
