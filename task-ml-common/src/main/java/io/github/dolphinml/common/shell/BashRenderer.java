/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.shell;

import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.Step;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Turns a plan into a bash script. */
public final class BashRenderer {

    /** The shell variable in which the activation leaves the path of the environment's Python. */
    public static final String PYTHON_VARIABLE = "dolphinml_python";

    private BashRenderer() {}

    /**
     * @return the script's text, with a line end after each command
     * @throws IllegalArgumentException if an argument holds a NUL character
     */
    public static String render(ExecutionPlan plan) {
        StringBuilder script = new StringBuilder("set -u\n");
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
}
