/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All that a task will do: the files it needs, the environment variables it sets or removes, and its steps. */
public final class ExecutionPlan {

    private final Map<String, String> variables;
    private final Set<String> unset;
    private final List<StagedFile> files;
    private final Set<String> folders;
    private final List<Step> steps;

    private ExecutionPlan(Builder builder) {
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(builder.variables));
        unset = Collections.unmodifiableSet(new LinkedHashSet<>(builder.unset));
        files = Collections.unmodifiableList(new ArrayList<>(builder.files));
        folders = Collections.unmodifiableSet(new LinkedHashSet<>(builder.folders));
        steps = Collections.unmodifiableList(new ArrayList<>(builder.steps));
    }

    /** A plan with nothing in it yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** Environment variables of all steps, by name. */
    public Map<String, String> variables() {
        return variables;
    }

    /** Environment variables that the worker may export and that are hidden from every step. */
    public Set<String> unset() {
        return unset;
    }

    /** Files to write before the first step. */
    public List<StagedFile> files() {
        return files;
    }

    /** Folders of the task's working directory, by name, that the task's user makes and fills. */
    public Set<String> folders() {
        return folders;
    }

    /** The steps in their order. */
    public List<Step> steps() {
        return steps;
    }

    /** Collects the parts of a plan. */
    public static final class Builder {

        private final Map<String, String> variables = new LinkedHashMap<>();
        private final Set<String> unset = new LinkedHashSet<>();
        private final List<StagedFile> files = new ArrayList<>();
        private final Set<String> folders = new LinkedHashSet<>();
        private final List<Step> steps = new ArrayList<>();

        private Builder() {}

        /** Sets an environment variable for all steps. */
        public Builder variable(String name, String value) {
            variables.put(name, value);
            return this;
        }

        /** Removes an environment variable that the worker may export. */
        public Builder unset(String name) {
            unset.add(name);
            return this;
        }

        /** Adds a file to write before the first step. */
        public Builder file(StagedFile file) {
            files.add(file);
            return this;
        }

        /** Adds files to write before the first step. */
        public Builder files(List<StagedFile> added) {
            files.addAll(added);
            return this;
        }

        /** Lets the task's user make and fill a folder of the task's working directory. */
        public Builder folder(String name) {
            folders.add(name);
            return this;
        }

        /** Adds a step after those that are there. */
        public Builder step(Step step) {
            steps.add(step);
            return this;
        }

        /** Adds steps after those that are there. */
        public Builder steps(List<Step> added) {
            steps.addAll(added);
            return this;
        }

        /** The finished plan. */
        public ExecutionPlan build() {
            return new ExecutionPlan(this);
        }
    }
}
