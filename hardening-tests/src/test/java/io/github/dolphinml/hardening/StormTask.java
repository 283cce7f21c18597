/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import io.github.dolphinml.common.testing.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A kind of task that is killed at a random moment. */
interface StormTask {

    /** How long the task would run, in milliseconds, so that a kill meets every part of it. */
    int longest();

    /**
     * The node.
     *
     * @param place a folder of this task alone
     * @param hangs whether it never comes to its end; otherwise it succeeds
     */
    TestNode node(Path place, boolean hangs) throws Exception;

    /** The task of an instance. */
    AbstractTask task(TaskExecutionContext context);

    /** Fails with the error of a server that its tasks need and that has ended. */
    default void requireServer() throws IOException {}

    /** What else the node's environment sets, as shell text. */
    default String environment(Path place) {
        return "";
    }

    /** What lives of it that is not a process of this machine's, as containers do. */
    default List<String> living(Path place) throws Exception {
        return Collections.emptyList();
    }

    /**
     * Fails where somebody else recorded another end than that of the run.
     *
     * @param inTime whether the killed run had ended before it was killed hard
     * @return what there is to tell, or nothing
     */
    default String check(Path place, boolean killed, boolean inTime) throws Exception {
        return "";
    }

    /** Ends what a success is meant to leave. */
    default TestNode undo(Path place) {
        return null;
    }
}
