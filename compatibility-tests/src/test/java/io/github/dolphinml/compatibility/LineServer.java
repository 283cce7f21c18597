/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import java.util.Map;

/** The three servers of a line, compiled against that line; it lives in the line's class loader. */
public interface LineServer {

    /** Loads the task types as the servers do at their start: the class of the winning factory by type. */
    Map<String, String> load();

    /** What the servers have logged and no task. */
    String serverLog();

    /** Whether the API server would save a node. */
    boolean accepts(String type, String taskParams);

    /** How many resource files the master, or the worker, would fetch for a node. */
    int resources(String type, String taskParams);

    /** Runs a task as the worker does. */
    RunningTask start(TaskOrder order);
}
