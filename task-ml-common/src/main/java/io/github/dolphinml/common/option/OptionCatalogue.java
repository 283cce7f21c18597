/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** All options that share a prefix: those of one plugin, or those of a part that several plugins use. */
public final class OptionCatalogue {

    private final String prefix;
    private final List<Option<?>> options;
    private final boolean readFromFields;

    /**
     * @param prefix what a custom parameter's name begins with, as in {@code jupyter} for {@code jupyter.report}
     */
    public OptionCatalogue(String prefix, Option<?>... options) {
        this(prefix, Arrays.asList(options), true);
    }

    private OptionCatalogue(String prefix, List<Option<?>> options, boolean readFromFields) {
        this.prefix = prefix;
        this.options = Collections.unmodifiableList(options);
        this.readFromFields = readFromFields;
    }

    /**
     * Options of one task type on a node of another type. The fields of that node's JSON are its own, and one of them may
     * have the name of an option.
     */
    public static OptionCatalogue onOtherTypes(String prefix, Option<?>... options) {
        return new OptionCatalogue(prefix, Arrays.asList(options), false);
    }

    /** Whether the fields of a node's JSON set these options. */
    public boolean readFromFields() {
        return readFromFields;
    }

    /** What the names of custom parameters begin with, without the dot. */
    public String prefix() {
        return prefix;
    }

    /** The options in the order of the reference. */
    public List<Option<?>> options() {
        return options;
    }

    /** The name of the custom parameter that sets an option on a node. */
    public String parameterName(Option<?> option) {
        return prefix + "." + option.name();
    }

    /** The key that sets an option in {@code common.properties}. */
    public String propertyKey(Option<?> option) {
        return "ml." + parameterName(option);
    }
}
