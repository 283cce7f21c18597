/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc;

import io.github.dolphinml.common.task.MlParameters;

/** The JSON of a DVC node. */
public final class DvcParameters extends MlParameters {

    /** What the API server checks before it saves a node: what to do, and with which repository. */
    @Override
    public boolean checkParameters() {
        return isGiven("dvcTaskType") && isGiven("dvcRepository");
    }
}
