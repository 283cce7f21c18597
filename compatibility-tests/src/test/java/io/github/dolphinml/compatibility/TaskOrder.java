/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** What a master would send to a worker. */
public final class TaskOrder {

    private final String type;
    private final String params;
    private final String directory;
    private final Map<String, String> prepared = new HashMap<>();
    private final Map<String, String> upstream = new HashMap<>();
    private int timeout = Integer.MAX_VALUE;
    private String kubeconfig;
    private String name;
    private String base;

    /**
     * @param params the node's JSON
     * @param directory the task's working directory, which exists
     */
    public TaskOrder(String type, String params, String directory) {
        this.type = type;
        this.params = params;
        this.directory = directory;
    }

    /** Adds an output of a task before. */
    public TaskOrder upstream(String name, String value) {
        upstream.put(name, value);
        return this;
    }

    /** Adds a global parameter of the workflow. */
    public TaskOrder with(String name, String value) {
        prepared.put(name, value);
        return this;
    }

    /** Hands over the kubeconfig of a cluster. */
    public TaskOrder kubeconfig(String yaml) {
        kubeconfig = yaml;
        return this;
    }

    /** Sets the time-out. */
    public TaskOrder timeout(int seconds) {
        timeout = seconds;
        return this;
    }

    /**
     * Names the task, and has it run in the directory that the line makes for it.
     *
     * @param folder the worker's base directory
     */
    public TaskOrder named(String taskName, String folder) {
        name = taskName;
        base = folder;
        return this;
    }

    /** The task's name; null for one of its own. */
    public String name() {
        return name;
    }

    /** The worker's base directory; null if the working directory is {@link #directory}. */
    public String base() {
        return base;
    }

    /** The task type. */
    public String type() {
        return type;
    }

    /** The node's JSON. */
    public String params() {
        return params;
    }

    /** The working directory. */
    public String directory() {
        return directory;
    }

    /** In seconds. */
    public int timeout() {
        return timeout;
    }

    /** The kubeconfig that is handed over; null if there is none. */
    public String kubeconfig() {
        return kubeconfig;
    }

    /** The global parameters of the workflow. */
    public Map<String, String> prepared() {
        return Collections.unmodifiableMap(prepared);
    }

    /** The outputs of the tasks before. */
    public Map<String, String> upstream() {
        return Collections.unmodifiableMap(upstream);
    }
}
