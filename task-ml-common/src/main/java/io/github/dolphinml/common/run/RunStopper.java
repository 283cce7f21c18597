/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import io.github.dolphinml.common.ds.RunUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Ends all processes of a run, wherever they went: other process groups, other sessions, other parents. */
final class RunStopper {

    /** The name of the script that does it, in the jar and among a run's files. */
    static final String SCRIPT = "stop_run.sh";

    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final RunUser user;
    private final String marker;

    /**
     * @param marker the value of {@code DOLPHINML_RUN} in the environment of the run's processes
     */
    RunStopper(RunUser user, String marker) {
        this.user = user;
        this.marker = marker;
    }

    /**
     * Asks the run's program to end, waits, and kills what is left.
     *
     * @param grace how long the program may take, in whole seconds
     * @return what was killed or still lives, in words; empty if the run ended by itself
     */
    String stop(Duration grace) {
        byte[] script = Resource.text("dolphinml/shell/" + SCRIPT).getBytes(StandardCharsets.UTF_8);
        try {
            return SideCommand.run(
                            user.command("bash", "-s", "--", marker, Long.toString(grace.getSeconds())),
                            script,
                            LONGEST)
                    .output();
        } catch (IOException failed) {
            return "The processes of the task could not be searched for: " + failed.getMessage();
        }
    }
}
