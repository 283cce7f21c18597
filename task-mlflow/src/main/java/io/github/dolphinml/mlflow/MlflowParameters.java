/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow;

import io.github.dolphinml.common.task.MlParameters;

/** The JSON of an MLFLOW node. */
public final class MlflowParameters extends MlParameters {

    /** Checked by DolphinScheduler's API server before it saves a node: the tracking server must be set. */
    @Override
    public boolean checkParameters() {
        return isGiven("mlflowTrackingUri");
    }
}
