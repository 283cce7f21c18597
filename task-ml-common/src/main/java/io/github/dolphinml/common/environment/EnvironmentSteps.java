/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.environment;

import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.plan.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The files and steps after which the environment that a node names is active. */
public final class EnvironmentSteps {

    /** Which Python is taken where a node names no environment. */
    public enum PythonOrder {
        /** python3 and python on PATH, then what PYTHON_LAUNCHER and PYTHON_HOME name. */
        PATH_FIRST("path"),
        /** What PYTHON_LAUNCHER and PYTHON_HOME name, then PATH: as DolphinScheduler's own Python tasks do. */
        HOME_FIRST("home");

        private final String word;

        PythonOrder(String word) {
            this.word = word;
        }

        /** The word by which the activation script knows this order. */
        public String word() {
            return word;
        }
    }

    /** The name of the activation script. */
    public static final String ACTIVATE = "activate.sh";

    /** The name of the script that has an environment built. */
    public static final String PREPARE = "prepare.sh";

    private final List<StagedFile> files;
    private final List<Step> steps;

    private EnvironmentSteps(List<StagedFile> files, List<Step> steps) {
        this.files = Collections.unmodifiableList(files);
        this.steps = Collections.unmodifiableList(steps);
    }

    /**
     * Activates an environment that exists.
     *
     * @param script the activation script
     * @param scriptPath where it will be staged, absolute
     * @param arguments its arguments
     */
    public static EnvironmentSteps existing(StagedFile script, String scriptPath, List<String> arguments) {
        List<String> argv = new ArrayList<>(Collections.singletonList(scriptPath));
        argv.addAll(arguments);
        return new EnvironmentSteps(
                Collections.singletonList(script), Collections.singletonList(Step.source(argv.toArray(new String[0]))));
    }

    /**
     * Has an environment built from a file, or finds it built, before another set of steps activates it.
     *
     * @param files what the building needs
     * @param script the staged path of the preparing script
     * @param arguments its arguments
     */
    public static EnvironmentSteps built(
            List<StagedFile> files, String script, List<String> arguments, EnvironmentSteps activation) {
        List<String> argv = new ArrayList<>(Collections.singletonList(script));
        argv.addAll(arguments);
        List<StagedFile> allFiles = new ArrayList<>(files);
        allFiles.addAll(activation.files);
        List<Step> allSteps = new ArrayList<>(Collections.singletonList(Step.source(argv.toArray(new String[0]))));
        allSteps.addAll(activation.steps);
        return new EnvironmentSteps(allFiles, allSteps);
    }

    /** The files to stage. */
    public List<StagedFile> files() {
        return files;
    }

    /** The steps, in execution order. */
    public List<Step> steps() {
        return steps;
    }
}
