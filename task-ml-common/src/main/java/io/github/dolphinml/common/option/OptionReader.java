/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import io.github.dolphinml.common.validate.Problems;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the options of a catalogue by the one rule: the node's custom parameter, then the field in the task's JSON,
 * then {@code common.properties}, then the default. A blank value counts as not set.
 */
public final class OptionReader {

    private final OptionCatalogue catalogue;
    private final OptionSources sources;
    private final Problems problems;

    /**
     * @param problems takes a fault for each value that is none, and for an operator's option that a node sets; the
     *     default then stands in
     */
    public OptionReader(OptionCatalogue catalogue, OptionSources sources, Problems problems) {
        this.catalogue = catalogue;
        this.sources = sources;
        this.problems = problems;
    }

    /** The values of all options of the catalogue. */
    public OptionValues read() {
        Map<Option<?>, Object> values = new LinkedHashMap<>();
        for (Option<?> option : catalogue.options()) {
            value(option).ifPresent(value -> values.put(option, value));
        }
        warnOfUnknownNames();
        return new OptionValues(values);
    }

    private <T> Optional<T> value(Option<T> option) {
        String key = catalogue.propertyKey(option);
        String source = source(option);
        Optional<String> parameter = notBlank(sources.customParameter(source));
        // An operator's option is nobody's field: a form that happens to send one of that name is not refused.
        boolean askField = catalogue.readFromFields() && !parameter.isPresent() && !option.operatorOnly();
        Optional<String> onNode = askField ? notBlank(sources.field(option.name())) : parameter;
        String where = parameter.isPresent() ? catalogue.parameterName(option) : option.name();
        // What looks like a placeholder in a password is part of the password.
        if (onNode.isPresent() && !option.secret()) {
            sources.unresolved(parameter.isPresent() ? source : option.name())
                    .forEach(missing -> problems.addUnresolved(where, missing));
        }
        if (option.operatorOnly() && onNode.isPresent()) {
            problems.add(
                    where,
                    "a node cannot set this option",
                    "only an operator can set it, with " + key + " in common.properties");
        } else if (onNode.isPresent() && !locked(option, where, onNode.get())) {
            return parsed(option, where, onNode.get());
        }
        Optional<String> property = notBlank(sources.property(key));
        if (property.isPresent()) {
            return parsed(option, key, property.get());
        }
        return option.defaultText() == null ? Optional.empty() : parsed(option, key, option.defaultText());
    }

    /** The custom parameter that sets the option; the prefix {@code ml.} is optional. */
    private String source(Option<?> option) {
        String name = catalogue.parameterName(option);
        return notBlank(sources.customParameter(name)).isPresent() ? name : "ml." + name;
    }

    private boolean locked(Option<?> option, String where, String onNode) {
        String key = catalogue.propertyKey(option);
        Optional<String> fixed = notBlank(sources.property(key));
        boolean locked = option.lockable()
                && fixed.isPresent()
                && sources.property(key + ".locked")
                        .filter("true"::equalsIgnoreCase)
                        .isPresent();
        if (locked && !fixed.get().equals(onNode)) {
            problems.add(where, "the operator has fixed this option to " + Problems.shown(fixed.get()), "leave it out");
        }
        return locked;
    }

    private <T> Optional<T> parsed(Option<T> option, String where, String text) {
        try {
            return Optional.of(option.type().parse(text.trim()));
        } catch (IllegalArgumentException refused) {
            String shown = option.secret() ? "the value" : Problems.shown(text);
            problems.add(
                    where,
                    shown + " is not a value of this option",
                    option.type().right());
            // What is read after this one fault may rest on a value.
            return Optional.ofNullable(option.defaultText()).map(option.type()::parse);
        }
    }

    private static Optional<String> notBlank(Optional<String> text) {
        return text.filter(value -> !value.trim().isEmpty());
    }

    private void warnOfUnknownNames() {
        Set<String> known = new HashSet<>();
        for (Option<?> option : catalogue.options()) {
            known.add(catalogue.parameterName(option));
        }
        for (String name : sources.customParameterNames()) {
            String plain = name.startsWith("ml.") ? name.substring("ml.".length()) : name;
            if (plain.startsWith(catalogue.prefix() + ".") && !known.contains(plain)) {
                problems.warn("The custom parameter " + name + " is not an option of this task; nearest: "
                        + NearestName.of(plain, known) + ".");
            }
        }
    }
}
