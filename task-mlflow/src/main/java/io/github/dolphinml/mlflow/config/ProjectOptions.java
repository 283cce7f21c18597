/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.data.DataInput;
import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionType;
import java.util.List;

/** Options of a project run (MLflow Projects) beyond the form's fields. */
public final class ProjectOptions {

    /** The project's entry point. */
    public static final Option<String> ENTRY_POINT = Option.named("entryPoint", OptionType.text())
            .help("The entry point of a custom project, or a script in it; default `main`. `-e` in the node's"
                    + " parameters takes precedence.");

    /** The backend that runs the project. */
    public static final Option<String> BACKEND = Option.named("backend", OptionType.text())
            .help("The backend of a custom project, as for `mlflow run`; default `local`. The task always waits"
                    + " until the work has ended.");

    /** The metrics that become output parameters. */
    public static final Option<List<String>> OUTPUTS = Option.named("outputs", OptionType.list())
            .defaultsTo("")
            .help("Names of metrics that become output parameters, as in `accuracy,f1`; the form of this task type"
                    + " cannot declare any.");

    /** The column that the model learns to predict. */
    public static final Option<String> LABEL_COLUMN = Option.named("labelColumn", OptionType.text())
            .help("The column that a preset algorithm or AutoML learns to predict; default `label`.");

    /** The condition under which a new version is promoted. */
    public static final Option<String> PROMOTE_IF = Option.named("promoteIf", OptionType.text())
            .help("A metric, as in `accuracy`: a version that a preset registers becomes Production only if this"
                    + " metric is better than that of the current one; until then it is `challenger`. Without it, the"
                    + " newest version becomes Production.");

    /** The versions of data that are fetched for a run. */
    public static final Option<List<DataInput>> DATA = DataInput.option();

    /** The repository of the presets. */
    public static final Option<String> PRESET_REPOSITORY = Option.named("preset_repository", OptionType.text())
            .operatorOnly()
            .help("Your own repository with `Project-BasicAlgorithm` and `Project-AutoML`, which replaces the"
                    + " built-in presets. DolphinScheduler's own default for this key counts as not set.");

    /** The version of that repository. */
    public static final Option<String> PRESET_REPOSITORY_VERSION = Option.named(
                    "preset_repository_version", OptionType.text())
            .operatorOnly()
            .help("The branch, tag or commit of that repository; quotes around it are removed.");

    private ProjectOptions() {}

    static Option<?>[] all() {
        return new Option<?>[] {
            ENTRY_POINT, BACKEND, OUTPUTS, LABEL_COLUMN, PROMOTE_IF, DATA, PRESET_REPOSITORY, PRESET_REPOSITORY_VERSION
        };
    }
}
