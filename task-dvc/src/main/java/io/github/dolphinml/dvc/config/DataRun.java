/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc.config;

import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.NodeEnvironment;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** A validated action on a version of data. */
public final class DataRun {

    private final DataAction action;
    private final NodeEnvironment environment;
    private final String repository;
    private final String version;
    private final String location;
    private final String path;
    private final String message;
    private final String storeUrl;
    private final OptionValues options;
    private final Set<String> secrets;

    private DataRun(Builder builder) {
        action = builder.action;
        environment = builder.environment;
        repository = builder.repository;
        version = builder.version;
        location = builder.location;
        path = builder.path;
        message = builder.message;
        storeUrl = builder.storeUrl;
        options = builder.options;
        secrets = Collections.unmodifiableSet(new LinkedHashSet<>(builder.secrets));
    }

    /** The action. */
    public DataAction action() {
        return action;
    }

    /** The environment with DVC. */
    public NodeEnvironment environment() {
        return environment;
    }

    /** The address of the Git repository. */
    public String repository() {
        return repository;
    }

    /** A tag, and for a download also a branch or a commit. */
    public Optional<String> version() {
        return Optional.ofNullable(version);
    }

    /** The path of the data in the repository; empty for an initialization. */
    public String location() {
        return location;
    }

    /** The path of the data on the worker: absolute, or relative to the task's directory; empty if none is needed. */
    public String path() {
        return path;
    }

    /** The message of the commit and the tag. */
    public Optional<String> message() {
        return Optional.ofNullable(message);
    }

    /** The address of the store that an initialization sets. */
    public Optional<String> storeUrl() {
        return Optional.ofNullable(storeUrl);
    }

    /** The values of {@link DvcOptions}. */
    public OptionValues options() {
        return options;
    }

    /** The passwords in the node's fields and options. */
    public Set<String> secrets() {
        return secrets;
    }

    /** Collects the parts of a run. */
    static final class Builder {

        private DataAction action;
        private NodeEnvironment environment;
        private String repository;
        private String version;
        private String location;
        private String path;
        private String message;
        private String storeUrl;
        private OptionValues options;
        private Set<String> secrets;

        Builder action(DataAction value) {
            action = value;
            return this;
        }

        Builder environment(NodeEnvironment value) {
            environment = value;
            return this;
        }

        Builder repository(String url) {
            repository = url;
            return this;
        }

        Builder version(Optional<String> name) {
            version = name.orElse(null);
            return this;
        }

        Builder data(String inRepository, String onWorker) {
            location = inRepository;
            path = onWorker;
            return this;
        }

        Builder message(Optional<String> text) {
            message = text.orElse(null);
            return this;
        }

        Builder storeUrl(Optional<String> url) {
            storeUrl = url.orElse(null);
            return this;
        }

        Builder options(OptionValues values) {
            options = values;
            return this;
        }

        Builder secrets(Set<String> values) {
            secrets = values;
            return this;
        }

        DataRun build() {
            return new DataRun(this);
        }
    }
}
