/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow;

import io.github.dolphinml.common.task.MlParameters;

/** The JSON of a KUBEFLOW node. */
public final class KubeflowParameters extends MlParameters {

    /** Checked by DolphinScheduler's API server before it saves a node: a manifest must be set. */
    @Override
    public boolean checkParameters() {
        return isGiven("yamlContent");
    }
}
