/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.shell.BashRenderer;
import java.io.IOException;

/** A plan's files and script on disk, as a run has them before the worker's shell gets its one line. */
public final class StagedPlan {

    private StagedPlan() {}

    /** Writes the plan's files and script; returns the line that the worker's shell is given. */
    public static String stage(ExecutionPlan plan, ControlDirectory control, String marker) throws IOException {
        control.stage(ProgramRun.files(plan));
        control.lend(plan.folders());
        return BashRenderer.launcher(control.file("keeper.sh"), marker, control.privateFile("run.sh"));
    }

    /** Removes what was staged, as at the end of a run. */
    public static void remove(ControlDirectory control) throws IOException {
        control.delete();
    }
}
