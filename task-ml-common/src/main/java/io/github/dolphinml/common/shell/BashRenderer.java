/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.shell;

import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.Step;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Turns a plan into a bash script. Nothing else in this project writes bash. */
public final class BashRenderer {

    /** The shell variable in which the activation leaves the path of the environment's Python. */
    public static final String PYTHON_VARIABLE = "dolphinml_python";

    private static final Pattern VARIABLE_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private BashRenderer() {}

    /**
     * @return the script's text, with a line end after each command
     * @throws IllegalArgumentException if a variable's name is none, or if a value holds a NUL character
     */
    public static String render(ExecutionPlan plan) {
        StringBuilder script = new StringBuilder("set -u\n");
        for (String name : plan.unset()) {
            script.append("unset ").append(variableName(name)).append('\n');
        }
        for (Map.Entry<String, String> variable : plan.variables().entrySet()) {
            script.append("export ")
                    .append(variableName(variable.getKey()))
                    .append('=')
                    .append(BashQuoter.quote(variable.getValue()))
                    .append('\n');
        }
        for (Step step : plan.steps()) {
            script.append(line(step)).append('\n');
        }
        return script.toString();
    }

    /**
     * The one line that the worker's shell is given. From 3.2 on DolphinScheduler looks for placeholders in this line
     * and logs it, so all that comes from the user is in the script.
     *
     * @param keeper the path of {@code keeper.sh}, beside which {@code supervisor.sh} and {@code stop_run.sh} lie
     * @param marker marks the processes of the script
     */
    public static String launcher(String keeper, String marker, String script) {
        return Stream.of(keeper, marker, script)
                .map(BashQuoter::quote)
                .collect(Collectors.joining(" ", "exec bash ", ""));
    }

    private static String line(Step step) {
        String words = step.argv().stream().map(BashQuoter::quote).collect(Collectors.joining(" "));
        switch (step.kind()) {
            case RUN:
                return words + " || exit $?";
            case SOURCE:
                return "source " + words + " || exit $?";
            case PYTHON:
                return "exec \"$" + PYTHON_VARIABLE + "\" " + words;
            default:
                throw new IllegalStateException("no bash for a step of kind " + step.kind());
        }
    }

    private static String variableName(String name) {
        if (!VARIABLE_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(name + " is not a name for an environment variable");
        }
        return name;
    }
}
