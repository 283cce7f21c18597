/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.plan;

/** Who may read a staged file. */
public enum FileMode {
    /** Read and written by the task's own user only: 0600. */
    PRIVATE("rw-------"),
    /** Read by everybody: 0644. */
    READABLE("rw-r--r--");

    private final String permissions;

    FileMode(String permissions) {
        this.permissions = permissions;
    }

    /** The mode in the nine letters of {@code ls}. */
    public String permissions() {
        return permissions;
    }
}
