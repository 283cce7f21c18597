/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.config;

import io.github.dolphinml.common.validate.Problems;
import io.github.dolphinml.openmldb.statement.Assignment;
import io.github.dolphinml.openmldb.statement.ImportSource;
import io.github.dolphinml.openmldb.statement.SqlScript;
import io.github.dolphinml.openmldb.statement.Statement;

/** Warns before a script runs: of imports that fail in a retry, and of where OpenMLDB looks for local files. */
final class ScriptWarnings {

    private final Problems problems;

    ScriptWarnings(Problems problems) {
        this.problems = problems;
    }

    void warn(SqlScript script, ExecuteMode start) {
        ExecuteMode mode = start;
        for (Statement statement : script.statements()) {
            mode = statement
                    .assignment()
                    .filter(set -> set.variable().equals("execute_mode"))
                    .map(Assignment::value)
                    .flatMap(ExecuteMode::from)
                    .orElse(mode);
            ExecuteMode current = mode;
            statement.importSource().ifPresent(source -> warn(statement, source, current));
        }
    }

    private void warn(Statement statement, ImportSource source, ExecuteMode mode) {
        // A task cannot know whether its node has retries.
        if (mode == ExecuteMode.OFFLINE && source.errorIfExists()) {
            problems.warn(
                    "Statement " + statement + ": with its mode error_if_exists, a retry of this node fails once data"
                            + " is there; use mode='overwrite' or mode='append' if the node has retries.");
        }
        if (source.localFile() && !source.readByClient()) {
            problems.warn(
                    "Statement " + statement + ": the file is looked for on the machine where OpenMLDB runs the job,"
                            + " which need not be this worker.");
        }
    }
}
