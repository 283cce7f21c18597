/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow;

import io.github.dolphinml.common.task.MlParameters;

/** The JSON of an MLFLOW node. */
public final class MlflowParameters extends MlParameters {

    /** What the API server checks before it saves a node: the tracking server is given. */
    @Override
    public boolean checkParameters() {
        return isGiven("mlflowTrackingUri");
    }
}
