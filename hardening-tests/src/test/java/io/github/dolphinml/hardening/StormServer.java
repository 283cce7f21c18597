/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A server in Python, which prints its address and serves until its standard input ends. */
final class StormServer implements AutoCloseable {

    private final String program;
    private final Process process;
    private final Path errors;
    private String address;

    /** Starts a program of ours with this project's root and these arguments, and does not wait for it. */
    StormServer(String program, Path folder, String... arguments) throws IOException {
        this.program = program;
        List<String> argv = new ArrayList<>(Arrays.asList(
                StormPlaces.python() + "/bin/python",
                StormPlaces.copy(program, folder).toString(),
                StormPlaces.project().toString()));
        argv.addAll(Arrays.asList(arguments));
        errors = folder.resolve(program + ".log");
        process = new ProcessBuilder(argv).redirectError(errors.toFile()).start();
    }

    /** Waits until it serves, however long it takes to start; fails with its own error if it ends instead. */
    synchronized String address() throws IOException {
        if (address == null) {
            address = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }
        if (address == null || address.isEmpty()) {
            throw new IOException(program + " printed no address: " + Files.readString(errors));
        }
        return address;
    }

    /** Fails with the server's own error if it has ended. */
    void requireAlive() throws IOException {
        if (!process.isAlive()) {
            throw new IOException(
                    program + " ended with exit code " + process.exitValue() + ": " + Files.readString(errors));
        }
    }

    /** Lets it end in order: it may have processes of its own. */
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }
}
