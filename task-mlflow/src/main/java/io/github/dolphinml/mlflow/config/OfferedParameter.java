/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

/** A value of the node for a project's parameter, if the project declares that parameter. */
public final class OfferedParameter {

    private final String name;
    private final String value;
    private final String option;

    OfferedParameter(String name, String value, String option) {
        this.name = name;
        this.value = value;
        this.option = option;
    }

    /** The project's name for the parameter. */
    public String name() {
        return name;
    }

    /** The node's value for the parameter. */
    public String value() {
        return value;
    }

    /** The option that sets the value. */
    public String option() {
        return option;
    }
}
