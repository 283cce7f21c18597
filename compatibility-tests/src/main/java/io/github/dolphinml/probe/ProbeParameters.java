/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.probe;

import io.github.dolphinml.common.task.MlParameters;

/** The JSON of a PROBE node: Python code. */
public final class ProbeParameters extends MlParameters {

    @Override
    public boolean checkParameters() {
        return isGiven("code");
    }
}
