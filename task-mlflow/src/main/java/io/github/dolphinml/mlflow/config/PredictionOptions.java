/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionType;

/** Options of a batch prediction (MLflow Models with the action predict) beyond the form's fields. */
public final class PredictionOptions {

    /** The value of {@link DeploymentOptions#ACTION} for a batch prediction. */
    static final String PREDICT = "predict";

    private static final int MOST_ROWS = 100_000_000;

    /** The file or folder to score. */
    public static final Option<String> INPUT = Option.named("input", OptionType.text())
            .help("The file to score, or a folder of such files: `.csv`, `.jsonl`, `.ndjson` or `.parquet`. For"
                    + " deployAction `predict`.");

    /** Where the result is written. */
    public static final Option<String> PREDICTIONS = Option.named("predictions", OptionType.text())
            .help("The file for the rows and their predictions, in the format of the input; a folder if the input"
                    + " is a folder. For deployAction `predict`.");

    /** How many rows are held in memory. */
    public static final Option<Integer> BATCH_ROWS = Option.named(
                    "batchRows", OptionType.wholeNumber("rows", 1, MOST_ROWS))
            .defaultsTo("10000")
            .help("How many rows are passed to the model at a time; no more than these are in memory. For"
                    + " deployAction `predict`.");

    private PredictionOptions() {}

    static Option<?>[] all() {
        return new Option<?>[] {INPUT, PREDICTIONS, BATCH_ROWS};
    }
}
