/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import io.github.dolphinml.common.ds.HandedKubeconfig;
import io.github.dolphinml.common.ds.Placeholders;
import io.github.dolphinml.common.ds.TaskIdentity;
import io.github.dolphinml.common.ds.WorkerProperties;
import io.github.dolphinml.common.option.CommonOptions;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionReader;
import io.github.dolphinml.common.option.OptionSources;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.option.SecretNames;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.validate.HalfCharacter;
import io.github.dolphinml.common.validate.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;

/**
 * What a node of the canvas says, every text with DolphinScheduler's placeholders resolved. Nothing is quoted here:
 * a value is a value until the renderer writes it.
 */
public final class Node implements OptionSources {

    /** How the options end that list the names of secret parameters. */
    private static final String LIST_OF_NAMES = ".secretParameters";

    private final MlParameters parameters;
    private final TaskExecutionContext context;
    private final Placeholders placeholders;
    private final Problems problems = new Problems();

    /** The node that a task instance was made from. */
    public Node(MlParameters parameters, TaskExecutionContext context) {
        this.parameters = parameters;
        this.context = context;
        this.placeholders = Placeholders.of(context);
        checkCharacters();
    }

    private void checkCharacters() {
        Map<String, String> texts = parameters.texts();
        texts.forEach((field, text) -> HalfCharacter.check(field, text, problems));
        for (Property property : localParameters()) {
            HalfCharacter.check("custom parameters", property.getProp(), problems);
            HalfCharacter.check(property.getProp(), property.getValue(), problems);
        }
        placeholders.parameters().forEach((name, property) -> {
            // The workflow's other parameters do not concern it.
            if (texts.values().stream().anyMatch(text -> text.contains("${" + name + "}"))) {
                HalfCharacter.check(name, property.getValue(), problems);
            }
        });
    }

    /** Where faults of this node are collected. */
    public Problems problems() {
        return problems;
    }

    /**
     * A field of the form, resolved, without blanks around it; empty if it is absent, null or blank. A placeholder of a
     * parameter without a value is a fault.
     */
    public Optional<String> text(String field) {
        unresolved(field).forEach(parameter -> problems.addUnresolved(field, parameter));
        return resolvedText(field);
    }

    private Optional<String> resolvedText(String field) {
        return rawText(field).map(placeholders::resolve).map(String::trim).filter(value -> !value.isEmpty());
    }

    /** A field of the form, resolved, with a fault if it is absent, null or blank; then empty. */
    public String required(String field, String right) {
        return text(field).orElseGet(() -> {
            problems.add(field, "it is empty", right);
            return "";
        });
    }

    /**
     * A field of the form as it was sent, for texts that are resolved piece by piece and may keep what looks like a
     * placeholder: a program's source, a value for another program. A parameter without a value is only warned of.
     */
    public Optional<String> freeText(String field) {
        unresolved(field).forEach(parameter -> problems.warnUnresolved(field, parameter));
        return rawText(field);
    }

    private Optional<String> rawText(String field) {
        return parameters.field(field).filter(value -> !value.trim().isEmpty());
    }

    /** Resolves the placeholders of a text of this node. */
    public Placeholders placeholders() {
        return placeholders;
    }

    /** The values of a catalogue's options; what is wrong with them is a fault of this node. */
    public OptionValues options(OptionCatalogue catalogue) {
        return new OptionReader(catalogue, this, problems).read();
    }

    /** The parameters that the node declares as OUT, by name, in declaration order. */
    public Map<String, Property> declaredOutputs() {
        Map<String, Property> outputs = new LinkedHashMap<>();
        for (Property property : localParameters()) {
            if (property.getDirect() == Direct.OUT) {
                outputs.put(property.getProp(), property);
            }
        }
        return outputs;
    }

    /** Which parameter names are secret on this worker. */
    public SecretNames secretNames() {
        return new SecretNames(options(CommonOptions.SECRETS).get(CommonOptions.SECRET_NAMES));
    }

    /** The values of all parameters of the task, and of its environment's exports, whose names are secret. */
    public Set<String> secretValues() {
        SecretNames names = secretNames();
        Set<String> values = new LinkedHashSet<>();
        placeholders.parameters().forEach((name, property) -> {
            if (isSecret(name, names) && property.getValue() != null) {
                values.add(property.getValue());
            }
        });
        for (Property property : localParameters()) {
            if (isSecret(property.getProp(), names) && property.getValue() != null) {
                values.add(placeholders.resolve(property.getValue()));
            }
        }
        values.addAll(EnvironmentSecrets.of(context.getEnvironmentConfig(), names));
        values.remove("");
        // The name of a secret may be read.
        values.removeIf(value -> SecretReference.nameIn(value).isPresent());
        return values;
    }

    /** A list of names is not a secret, although the option says "secret". */
    private static boolean isSecret(String name, SecretNames names) {
        return names.matches(name) && !name.endsWith(LIST_OF_NAMES);
    }

    /** Which task instance this is, by the keys of {@code request.json}. */
    public Map<String, Object> identity() {
        return new TaskIdentity(context).facts();
    }

    /** What a retry of this task has in common with the attempt before it, and with nothing else. */
    public Optional<String> runKey() {
        return new TaskIdentity(context).runKey();
    }

    /**
     * The kubeconfig of the cluster that the node names, where DolphinScheduler hands it over; only the first call gets
     * it.
     */
    public Optional<String> takeKubeconfig() {
        return new HandedKubeconfig(context).take();
    }

    /** The task's working directory, an absolute path on the worker. */
    public String workingDirectory() {
        return context.getExecutePath();
    }

    /** The node's custom parameters that go in, with their values as they were typed. */
    public Map<String, String> customParameters() {
        Map<String, String> values = new LinkedHashMap<>();
        for (Property property : localParameters()) {
            if (property.getDirect() != Direct.OUT) {
                values.put(property.getProp(), property.getValue() == null ? "" : property.getValue());
            }
        }
        return values;
    }

    private List<Property> localParameters() {
        List<Property> named = new ArrayList<>();
        if (parameters.getLocalParams() != null) {
            for (Property property : parameters.getLocalParams()) {
                if (property.getProp() != null && !property.getProp().trim().isEmpty()) {
                    named.add(property);
                }
            }
        }
        return named;
    }

    @Override
    public Optional<String> customParameter(String name) {
        return Optional.ofNullable(customParameters().get(name)).map(placeholders::resolve);
    }

    @Override
    public Set<String> customParameterNames() {
        return customParameters().keySet();
    }

    @Override
    public Optional<String> field(String name) {
        return resolvedText(name);
    }

    @Override
    public Set<String> unresolved(String name) {
        String typed = customParameters().get(name);
        return placeholders.unresolved(typed == null ? rawText(name).orElse("") : typed);
    }

    @Override
    public Optional<String> property(String key) {
        return WorkerProperties.find(key);
    }
}
