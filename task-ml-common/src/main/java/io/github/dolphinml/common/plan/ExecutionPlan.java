/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** All that a task will do: the files and folders that it needs, and its steps. */
public final class ExecutionPlan {

    private final List<StagedFile> files;
    private final Set<String> folders;
    private final List<Step> steps;

    private ExecutionPlan(Builder builder) {
        files = Collections.unmodifiableList(new ArrayList<>(builder.files));
        folders = Collections.unmodifiableSet(new LinkedHashSet<>(builder.folders));
        steps = Collections.unmodifiableList(new ArrayList<>(builder.steps));
    }

    /** A plan with nothing in it yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** Files to write before the first step. */
    public List<StagedFile> files() {
        return files;
    }

    /** Folders of the task's working directory, by name, that the task's user makes and fills. */
    public Set<String> folders() {
        return folders;
    }

    /** The steps, in execution order. */
    public List<Step> steps() {
        return steps;
    }

    /** Collects the parts of a plan. */
    public static final class Builder {

        private final List<StagedFile> files = new ArrayList<>();
        private final Set<String> folders = new LinkedHashSet<>();
        private final List<Step> steps = new ArrayList<>();

        private Builder() {}

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

        /** Appends a step. */
        public Builder step(Step step) {
            steps.add(step);
            return this;
        }

        /** Appends steps. */
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
