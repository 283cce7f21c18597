/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow;

import io.github.dolphinml.common.task.MlParameters;

/** The JSON of a KUBEFLOW node. */
public final class KubeflowParameters extends MlParameters {

    /** What the API server checks before it saves a node: that there is a manifest. */
    @Override
    public boolean checkParameters() {
        return isGiven("yamlContent");
    }
}
