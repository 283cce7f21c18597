/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.config;

import java.util.Locale;
import java.util.Optional;

/** Which storage a session reads and writes. */
public enum ExecuteMode {
    /** Offline storage: files, which jobs read and write. */
    OFFLINE,
    /** Online storage: the tablets' memory or disks. */
    ONLINE;

    /** Returns the mode with this name, ignoring case. */
    public static Optional<ExecuteMode> from(String name) {
        for (ExecuteMode mode : values()) {
            if (mode.word().equals(name.toLowerCase(Locale.ROOT))) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }

    /** The name that OpenMLDB uses. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
