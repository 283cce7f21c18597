/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionType;

/** The options of deployments of the type BENTOML. */
public final class BentoOptions {

    private static final int MOST_REQUESTS = 10_000;
    private static final int HOUR = 3_600_000;

    /** The maximum number of requests in a batch. */
    public static final Option<Integer> BATCH_SIZE = Option.named(
                    "batchSize", OptionType.wholeNumber("requests", 1, MOST_REQUESTS))
            .help("The maximum number of requests that BentoML's adaptive batching predicts together; without it,"
                    + " each request is predicted alone. For models that predict each row independently. For deployType"
                    + " BENTOML.");

    /** How long a request may take, including waiting. */
    public static final Option<Integer> BATCH_LATENCY = Option.named(
                    "batchLatency", OptionType.wholeNumber("milliseconds", 1, HOUR))
            .help("How long a request may take with `mlflow.batchSize`, including waiting; BentoML answers 503 to"
                    + " one that would take longer. Default: `mlflow.scoringTimeout`. For deployType BENTOML.");

    /** The user's own BentoML service. */
    public static final Option<String> BENTO = Option.named("bento", OptionType.text())
            .help("Your own BentoML service instead of the generated one: a Python file or a folder, given by its"
                    + " path in the task's directory or an absolute path, or the tag of a Bento in the store of the"
                    + " task's user. For deployType BENTOML.");

    /** Whether a Bento is built. */
    public static final Option<Boolean> BENTO_BUILD = Option.named("bentoBuild", OptionType.flag())
            .defaultsTo("false")
            .help("Builds a Bento of the deployed service in the store of the task's user and, if a Docker engine"
                    + " answers, a container image of it. For deployType BENTOML.");

    private BentoOptions() {}

    static Option<?>[] all() {
        return new Option<?>[] {BATCH_SIZE, BATCH_LATENCY, BENTO, BENTO_BUILD};
    }
}
