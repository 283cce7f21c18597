/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.probe;

import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.plan.Step;
import io.github.dolphinml.common.run.ProgramRun;
import io.github.dolphinml.common.task.MlTask;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.TaskRequest;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** Runs the node's Python code, which may call {@code report(dict)}. */
public final class ProbeTask extends MlTask<ProbeParameters> {

    private static final String PRELUDE = "import json, os, sys\n"
            + "def report(r): open(os.path.join(os.path.dirname(sys.argv[1]), 'report.json'), 'w').write(json.dumps(r))\n";

    /** A task for an instance that the worker has been given. */
    public ProbeTask(TaskExecutionContext context) {
        super(context, new ProbeParameters());
    }

    @Override
    protected ProgramRun work(Node node, TaskStart start) {
        String code = node.freeText("code").orElse("");
        return start.program(ExecutionPlan.builder()
                .file(StagedFile.text("program.py", PRELUDE + code + "\n", FileMode.READABLE))
                .file(new TaskRequest(node, start.secrets()).file())
                .step(Step.run(
                        "python3",
                        start.control().file("program.py"),
                        start.control().privateFile("request.json"),
                        node.text("argument").orElse("")))
                .build());
    }
}
