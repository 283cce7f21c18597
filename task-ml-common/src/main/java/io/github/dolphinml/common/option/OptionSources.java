/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import java.util.Optional;
import java.util.Set;

/** Where the values of options come from, in the order in which they are read. Values are resolved already. */
public interface OptionSources {

    /** The value of the node's custom parameter of this name. */
    Optional<String> customParameter(String name);

    /** The names of all custom parameters of the node. */
    Set<String> customParameterNames();

    /** The value of the field of this name in the task's JSON. */
    Optional<String> field(String name);

    /**
     * The parameters without a value that the custom parameter of this name, or else the field of this name, refers to.
     */
    Set<String> unresolved(String name);

    /** The value of this key in the worker's {@code common.properties}. */
    Optional<String> property(String key);
}
