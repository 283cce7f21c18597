/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.util.Optional;
import org.apache.dolphinscheduler.common.utils.PropertyUtils;

/** The worker's {@code common.properties}. Only texts are read: the typed getters differ between lines. */
public final class WorkerProperties {

    private WorkerProperties() {}

    /** The value of a key, without blanks around it; empty if the key is missing or blank. */
    public static Optional<String> find(String key) {
        return Optional.ofNullable(PropertyUtils.getString(key))
                .map(String::trim)
                .filter(value -> !value.isEmpty());
    }

    /** Whether the worker runs tasks through sudo as their tenant; DolphinScheduler's default is that it does. */
    public static boolean sudoEnabled() {
        return find("sudo.enable")
                .map(value -> !value.equalsIgnoreCase("false"))
                .orElse(true);
    }
}
