/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

/** The DolphinScheduler lines that differ in how a task runs a command, distinguished by what their classes offer. */
public enum DsLine {
    /** 3.1.x: the shell executor runs a text. */
    V3_1("3.1"),
    /** 3.2.0: the shell executor takes a script builder, and is given the task's logger. */
    V3_2_0("3.2.0"),
    /** 3.2.1 to 3.3.x: the shell executor is no longer given a logger. */
    V3_2_2("3.2.1 to 3.3"),
    /** 3.4 and later: the shell executor logs by itself. */
    V3_4("3.4");

    private final String label;

    DsLine(String label) {
        this.label = label;
    }

    /** The line as its users call it. */
    public String label() {
        return label;
    }
}
