/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.shell;

import java.io.File;
import java.io.IOException;
import java.util.List;

public class BashShellInterceptor implements IShellInterceptor {

    private final List<String> command;
    private final String directory;

    BashShellInterceptor(List<String> command, String directory) {
        this.command = command;
        this.directory = directory;
    }

    @Override
    public Process execute() throws IOException {
        return new ProcessBuilder(command)
                .directory(new File(directory))
                .redirectErrorStream(true)
                .start();
    }
}
