/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import java.util.Map;

/** A task that a worker has begun. */
public interface RunningTask {

    /** Waits for its end, a minute at most: SUCCESS, FAILURE, KILL, or what went wrong. */
    String await() throws InterruptedException;

    /** The outputs that this line's worker would report. */
    Map<String, String> outputs();

    /** The task's log as the user reads it, each entry with its level. */
    String log();

    /** Kills it in this line's way. */
    void kill() throws InterruptedException;
}
