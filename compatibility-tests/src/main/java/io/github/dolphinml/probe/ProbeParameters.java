package io.github.dolphinml.probe;

import io.github.dolphinml.common.task.MlParameters;

/** The JSON of a PROBE node: Python code. */
public final class ProbeParameters extends MlParameters {

    @Override
    public boolean checkParameters() {
        return isGiven("code");
    }
}
