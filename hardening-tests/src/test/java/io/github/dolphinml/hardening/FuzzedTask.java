/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.file.Path;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A task type under fuzz: a node that runs as it is, and all that can be set on it. */
interface FuzzedTask {

    /** A node with every required field filled in. */
    TestNode node(Path directory);

    /** What can be set, the environment's field left out. */
    List<FuzzedField> fields();

    /** The field that names the environment. */
    FuzzedField environment();

    /** Reads a node as the worker does; its faults are in its problems. */
    Node read(TaskExecutionContext context);

    /** Checks a node and plans its run as the task does; throws what the task would report. */
    ExecutionPlan plan(Node node, ControlDirectory control);
}
