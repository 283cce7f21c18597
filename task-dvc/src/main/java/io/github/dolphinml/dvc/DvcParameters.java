/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc;

import io.github.dolphinml.common.task.MlParameters;

/** The JSON of a DVC node. */
public final class DvcParameters extends MlParameters {

    /** Checked by DolphinScheduler's API server before it saves a node: action and repository must be set. */
    @Override
    public boolean checkParameters() {
        return isGiven("dvcTaskType") && isGiven("dvcRepository");
    }
}
