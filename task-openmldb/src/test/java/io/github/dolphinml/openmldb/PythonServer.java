/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A server of the tests that is written in Python; it prints its port and ends with its standard input. */
final class PythonServer implements AutoCloseable {

    private final Process process;
    private final int port;

    PythonServer(Path script, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(Arrays.asList("python3", script.getFileName().toString()));
        command.addAll(Arrays.asList(arguments));
        process = new ProcessBuilder(command)
                .directory(script.getParent().toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (line == null) {
            throw new IOException(script + " did not start");
        }
        port = Integer.parseInt(line);
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
