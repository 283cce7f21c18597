/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.config;

import java.util.Locale;
import java.util.Optional;

/** Which storage a session reads and writes. */
public enum ExecuteMode {
    /** Files, by jobs. */
    OFFLINE,
    /** The tablets' memory or disks. */
    ONLINE;

    /** The mode of this name, whatever its case. */
    public static Optional<ExecuteMode> from(String name) {
        for (ExecuteMode mode : values()) {
            if (mode.word().equals(name.toLowerCase(Locale.ROOT))) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }

    /** The name by which OpenMLDB knows it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
