/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.plan.Step;
import io.github.dolphinml.common.run.ProgramRun;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A task whose program is in its field {@code code}. */
final class ScriptTask extends MlTask<ScriptTask.ScriptParameters> {

    private static final String PRELUDE = "import json, os, sys\n"
            + "def report(r): open(os.path.join(os.path.dirname(sys.argv[1]), 'report.json'), 'w').write(json.dumps(r))\n";

    private String marker = "";

    ScriptTask(TaskExecutionContext context) {
        super(context, new ScriptParameters());
    }

    String executePath() {
        return taskRequest.getExecutePath();
    }

    String marker() {
        return marker;
    }

    @Override
    protected ProgramRun work(Node node, TaskStart start) {
        String code = node.freeText("code").map(node.placeholders()::resolve).orElse("");
        if (code.isEmpty()) {
            node.problems().add("code", "it is empty", "give Python code");
        }
        if (getParameters().field("other").isPresent()) {
            node.required("other", "give a word");
        }
        node.problems().throwIfAny();
        marker = start.marker();
        return start.program(ExecutionPlan.builder()
                .files(PythonProgram.of("common/program.py").files())
                .file(StagedFile.text("program.py", PRELUDE + code + "\n", FileMode.READABLE))
                .file(new TaskRequest(node, start.secrets()).file())
                .step(Step.run(
                        "python3",
                        start.control().file("program.py"),
                        start.control().privateFile("request.json")))
                .build());
    }

    /** Parameters that are always accepted. */
    static final class ScriptParameters extends MlParameters {

        @Override
        public boolean checkParameters() {
            return true;
        }
    }
}
