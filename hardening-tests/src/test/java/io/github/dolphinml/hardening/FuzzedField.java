/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.testing.TestNode;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;

/** A field, option or parameter of a node: how it is set, and what of the request it has to change. */
final class FuzzedField {

    private static final BiConsumer<ObjectNode, String> NOTHING = (request, value) -> {};

    private final String label;
    private final List<String> names;
    private final BiConsumer<TestNode, String> setter;
    private final BiConsumer<ObjectNode, String> arrival;
    private final UnaryOperator<String> wrapping;
    private final boolean takesTexts;

    private FuzzedField(
            String label,
            List<String> names,
            BiConsumer<TestNode, String> setter,
            BiConsumer<ObjectNode, String> arrival,
            UnaryOperator<String> wrapping,
            boolean takesTexts) {
        this.label = label;
        this.names = names;
        this.setter = setter;
        this.arrival = arrival;
        this.wrapping = wrapping;
        this.takesTexts = takesTexts;
    }

    /**
     * Set in a way of its own.
     *
     * @param label unique among the fields of a task
     * @param names of what sentences about it may name, the one in front is the field's
     */
    static FuzzedField of(
            String label,
            List<String> names,
            BiConsumer<TestNode, String> setter,
            BiConsumer<ObjectNode, String> arrival) {
        return new FuzzedField(label, names, setter, arrival, UnaryOperator.identity(), true);
    }

    /** A field of the form. */
    static FuzzedField form(String name, BiConsumer<ObjectNode, String> arrival) {
        return of(name, Arrays.asList(name), (node, value) -> node.field(name, value), arrival);
    }

    /** A field of the form that gets its text from a global parameter. */
    static FuzzedField throughPlaceholder(String name, BiConsumer<ObjectNode, String> arrival) {
        return of(
                name + " through a placeholder",
                Arrays.asList(name, "payload"),
                (node, value) -> node.field(name, "${payload}").global("payload", value),
                arrival);
    }

    /** A custom parameter that goes in. */
    static FuzzedField parameter(String name, BiConsumer<ObjectNode, String> arrival) {
        return of(
                name,
                Arrays.asList(name, name.replaceFirst("^ml\\.", "")),
                (node, value) -> node.in(name, value),
                arrival);
    }

    /** A custom parameter that changes nothing of the request. */
    static FuzzedField parameter(String name) {
        return parameter(name, NOTHING);
    }

    /** A custom parameter that is an option of which no hostile text is a value. */
    static FuzzedField choice(String name) {
        return parameter(name).refusing();
    }

    /** The name of a custom parameter. */
    static FuzzedField parameterName() {
        return of(
                "a parameter's name",
                Arrays.asList("custom parameters"),
                (node, value) -> node.in(value, "a value"),
                NOTHING);
    }

    /** The name of an output parameter. */
    static FuzzedField outputName() {
        return of(
                "an output's name",
                Arrays.asList("custom parameters"),
                (node, value) -> node.out(value, DataType.VARCHAR),
                (request, value) -> {
                    if (!value.trim().isEmpty()) {
                        request.withArray("outputs")
                                .addObject()
                                .put("name", value)
                                .put("type", "VARCHAR");
                    }
                });
    }

    /** The same, with hostile texts inside of something that the field takes, as a path or a statement. */
    FuzzedField wrapped(UnaryOperator<String> around) {
        return new FuzzedField(label, names, setter, arrival, around, takesTexts);
    }

    /** The same of a field that has to refuse every text but a blank one, which is as if it were not set. */
    FuzzedField refusing() {
        BiConsumer<ObjectNode, String> never = (request, value) -> {
            if (!value.trim().isEmpty()) {
                throw new AssertionError(label + " took what is not a value of it");
            }
        };
        // What looks like a number or a word by chance is none with this behind it.
        UnaryOperator<String> none = hostile -> hostile.trim().isEmpty() ? hostile : hostile + " none";
        return new FuzzedField(label, names, setter, never, none, false);
    }

    /** Whether some hostile texts have to be taken. */
    boolean takesTexts() {
        return takesTexts;
    }

    /** Whether a sentence that names a field is about what was set here. */
    boolean isNamedBy(String field) {
        return names.contains(field);
    }

    /** Whether both set the same thing, or things that are refused together. */
    boolean sharesWith(FuzzedField other) {
        return !Collections.disjoint(heads(), other.heads());
    }

    private Set<String> heads() {
        return names.stream().map(name -> name.split("\\.")[0]).collect(Collectors.toSet());
    }

    /** The value that a hostile text becomes in this field. */
    String value(String hostile) {
        return wrapping.apply(hostile);
    }

    void set(TestNode node, String value) {
        setter.accept(node, value);
    }

    /** Changes the request of a node without this value into the one that is expected with it. */
    void arrive(ObjectNode request, String value) {
        arrival.accept(request, value);
    }

    @Override
    public String toString() {
        return label;
    }

    /** Changes nothing. */
    static BiConsumer<ObjectNode, String> nothing() {
        return NOTHING;
    }

    /** A text at a place of the request, without blanks around it; what is blank changes nothing. */
    static BiConsumer<ObjectNode, String> text(String part, String key) {
        return (request, value) -> {
            if (!value.trim().isEmpty()) {
                part(request, part).put(key, value.trim());
            }
        };
    }

    /** A program's own part of its request. */
    static ObjectNode part(ObjectNode request, String part) {
        return (ObjectNode) request.get(part);
    }
}
