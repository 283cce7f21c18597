/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.commons.exec.CommandLine;
import org.apache.commons.exec.DefaultExecutor;
import org.apache.commons.exec.ExecuteException;
import org.apache.commons.exec.ExecuteWatchdog;
import org.apache.commons.exec.PumpStreamHandler;

/** A short command beside the task's own, without a shell: its argument list is passed unchanged. */
final class SideCommand {

    private final int exitCode;
    private final String output;

    private SideCommand(int exitCode, String output) {
        this.exitCode = exitCode;
        this.output = output;
    }

    /**
     * Runs a command to its end.
     *
     * @param input what the command reads from its standard input
     * @throws IOException if it cannot be started
     */
    static SideCommand run(List<String> argv, byte[] input, Duration limit) throws IOException {
        return run(DefaultExecutor.builder(), argv, input, limit);
    }

    /** As {@code run}, in a directory, which need not be within reach of the command's user. */
    static SideCommand runIn(Path directory, List<String> argv, byte[] input, Duration limit) throws IOException {
        return run(DefaultExecutor.builder().setWorkingDirectory(directory.toFile()), argv, input, limit);
    }

    private static SideCommand run(DefaultExecutor.Builder<?> builder, List<String> argv, byte[] input, Duration limit)
            throws IOException {
        CommandLine command = new CommandLine(argv.get(0));
        argv.stream().skip(1).forEach(argument -> command.addArgument(argument, false));
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        DefaultExecutor executor = builder.setExecuteStreamHandler(
                        new PumpStreamHandler(output, output, new ByteArrayInputStream(input)))
                .get();
        executor.setExitValues(null);
        executor.setWatchdog(ExecuteWatchdog.builder().setTimeout(limit).get());
        int exitCode;
        try {
            exitCode = executor.execute(command);
        } catch (ExecuteException ended) {
            exitCode = ended.getExitValue();
        }
        return new SideCommand(exitCode, new String(output.toByteArray(), StandardCharsets.UTF_8).trim());
    }

    /** The exit code; not 0 either if the time was over. */
    int exitCode() {
        return exitCode;
    }

    /** What the command printed on both streams, without blanks around it. */
    String output() {
        return output;
    }
}
