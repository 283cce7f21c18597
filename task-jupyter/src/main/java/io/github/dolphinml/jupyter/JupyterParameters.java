/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter;

import io.github.dolphinml.common.task.MlParameters;

/** The JSON of a JUPYTER node. */
public final class JupyterParameters extends MlParameters {

    /** Checked by DolphinScheduler's API server before it saves a node: both notebook paths must be set. */
    @Override
    public boolean checkParameters() {
        return isGiven("inputNotePath") && isGiven("outputNotePath");
    }
}
