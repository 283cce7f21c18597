/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.ds.RunUser;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What a program has left for the worker to run once it has ended the program from outside: it takes back what the program
 * has begun elsewhere, for which there is no time between a kill's SIGTERM and its SIGKILL.
 */
final class UndoCommand {

    /** In the control directory's private folder; see {@code dolphinml/common/program.py}. */
    private static final String FILE = "undo-command.json";

    private static final Duration LONGEST = Duration.ofSeconds(150);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ControlDirectory control;
    private final RunUser user;

    UndoCommand(ControlDirectory control, RunUser user) {
        this.control = control;
        this.user = user;
    }

    /** Runs it as the task's user, if there is one; returns the lines that it has printed. */
    List<String> run() {
        try {
            Optional<String> left = control.readPrivate(FILE);
            if (!left.isPresent()) {
                return Collections.emptyList();
            }
            List<String> argv = new ArrayList<>();
            for (JsonNode argument : JSON.readTree(left.get())) {
                argv.add(argument.asText());
            }
            SideCommand command = SideCommand.run(user.command(argv.toArray(new String[0])), new byte[0], LONGEST);
            List<String> lines = new ArrayList<>();
            for (String line : command.output().split("\n")) {
                if (!line.isEmpty()) {
                    lines.add(line);
                }
            }
            return lines;
        } catch (JsonProcessingException cut) {
            // The program was ended while it wrote it, before it had begun anything.
            return Collections.emptyList();
        } catch (IOException failed) {
            return Collections.singletonList(
                    "The work that the task started elsewhere could not be undone: " + failed.getMessage());
        }
    }
}
