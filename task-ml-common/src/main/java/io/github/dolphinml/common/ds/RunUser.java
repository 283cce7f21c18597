/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** The operating system's user that runs a task: the worker's own, or a tenant to which the worker switches. */
public final class RunUser {

    /** What DolphinScheduler 3.2 and later call the worker's own user. */
    private static final String DEFAULT_TENANT = "default";

    private final String tenant;

    private RunUser(String tenant) {
        this.tenant = tenant;
    }

    /** The worker's own user. */
    public static RunUser worker() {
        return new RunUser(null);
    }

    /** A tenant who is not the worker's own user. */
    public static RunUser tenant(String name) {
        return new RunUser(name);
    }

    /** The user that DolphinScheduler will run this task as. */
    public static RunUser of(TaskExecutionContext context) {
        String name = context.getTenantCode();
        boolean own = name == null
                || name.trim().isEmpty()
                || name.equals(DEFAULT_TENANT)
                || name.equals(System.getProperty("user.name"));
        return own || !WorkerProperties.sudoEnabled() ? worker() : tenant(name);
    }

    /** Whether the worker has to switch to another user. */
    public boolean isOther() {
        return tenant != null;
    }

    /** The argument list that runs a command as this user. */
    public List<String> command(String... argv) {
        List<String> command = new ArrayList<>();
        if (isOther()) {
            command.addAll(Arrays.asList("sudo", "-n", "-u", tenant));
        }
        command.addAll(Arrays.asList(argv));
        return command;
    }
}
