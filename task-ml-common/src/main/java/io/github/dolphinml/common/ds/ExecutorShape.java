/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.slf4j.Logger;

/** How the shell executor of this DolphinScheduler is made, and of which line that is. */
final class ExecutorShape {

    private static final List<Class<?>> WITH_LOGGER =
            Arrays.asList(Consumer.class, TaskExecutionContext.class, Logger.class);
    private static final List<Class<?>> WITH_OUTPUT = Arrays.asList(Consumer.class, TaskExecutionContext.class);
    private static final List<Class<?>> ALONE = Collections.singletonList(TaskExecutionContext.class);

    private final DsLine line;
    private final Constructor<?> constructor;
    private final boolean known;

    private ExecutorShape(DsLine line, Constructor<?> constructor, boolean known) {
        this.line = line;
        this.constructor = constructor;
        this.known = known;
    }

    /**
     * The shape of an executor's class: that of a known line, else the newest that can be filled.
     *
     * @throws IllegalStateException if no constructor can be filled; the message says what was found
     */
    static ExecutorShape of(Class<?> executor) {
        boolean runsText = Arrays.stream(executor.getMethods())
                .anyMatch(method -> method.getName().equals("run")
                        && Arrays.equals(method.getParameterTypes(), new Class<?>[] {String.class}));
        return find(executor, WITH_LOGGER, runsText ? DsLine.V3_1 : DsLine.V3_2_0)
                .orElseGet(() -> find(executor, WITH_OUTPUT, DsLine.V3_2_2)
                        .orElseGet(() -> find(executor, ALONE, DsLine.V3_4).orElseGet(() -> fitting(executor))));
    }

    private static Optional<ExecutorShape> find(Class<?> executor, List<Class<?>> parameters, DsLine line) {
        return Arrays.stream(executor.getConstructors())
                .filter(constructor ->
                        Arrays.asList(constructor.getParameterTypes()).equals(parameters))
                .map(constructor -> new ExecutorShape(line, constructor, true))
                .findFirst();
    }

    private static ExecutorShape fitting(Class<?> executor) {
        return Arrays.stream(executor.getConstructors())
                .filter(constructor -> WITH_LOGGER.containsAll(Arrays.asList(constructor.getParameterTypes()))
                        && Arrays.asList(constructor.getParameterTypes()).contains(TaskExecutionContext.class))
                .max(Comparator.comparingInt(Constructor::getParameterCount))
                .map(constructor -> new ExecutorShape(newest(constructor), constructor, false))
                .orElseThrow(() -> new IllegalStateException("The shell executor of this DolphinScheduler has the"
                        + " constructors " + shown(executor) + " and is of no line that these plugins know"
                        + " (3.1 to 3.4); install a version of them that knows it."));
    }

    /** An executor that takes a consumer passes its lines to it; one that does not writes them to the log. */
    private static DsLine newest(Constructor<?> constructor) {
        return Arrays.asList(constructor.getParameterTypes()).contains(Consumer.class) ? DsLine.V3_2_2 : DsLine.V3_4;
    }

    private static String shown(Class<?> executor) {
        return Arrays.stream(executor.getConstructors())
                .map(ExecutorShape::shown)
                .collect(Collectors.joining(", "));
    }

    private static String shown(Constructor<?> constructor) {
        return Arrays.stream(constructor.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    /** The line. */
    DsLine line() {
        return line;
    }

    /** What was assumed, if the shape is of no known line. */
    Optional<String> assumption() {
        return known
                ? Optional.empty()
                : Optional.of("The shell executor of this DolphinScheduler has the constructor " + shown(constructor)
                        + " and is of no line that these plugins know (3.1 to 3.4); assumed that it works like that of "
                        + line.label() + ".");
    }

    /** Makes an executor. */
    Object create(Consumer<?> output, TaskExecutionContext context, Logger logger) throws ReflectiveOperationException {
        List<Object> arguments = new ArrayList<>();
        for (Class<?> type : constructor.getParameterTypes()) {
            arguments.add(type == Consumer.class ? output : type == Logger.class ? logger : context);
        }
        return constructor.newInstance(arguments.toArray());
    }
}
