/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

/** The part of the reference in docs/ that lists a catalogue, made from its declarations. */
public final class OptionReference {

    private OptionReference() {}

    /** A Markdown table of the options, one a row, with a line end after the last. */
    public static String markdown(OptionCatalogue catalogue) {
        StringBuilder table = new StringBuilder();
        table.append("| custom parameter | `common.properties` | values | default | what it does |\n");
        table.append("|---|---|---|---|---|\n");
        for (Option<?> option : catalogue.options()) {
            table.append("| ")
                    .append(option.operatorOnly() ? "operator only" : "`" + catalogue.parameterName(option) + "`")
                    .append(" | `")
                    .append(catalogue.propertyKey(option))
                    .append("` | ")
                    .append(option.type().label().replace("|", "\\|"))
                    .append(" | ")
                    .append(defaultOf(option))
                    .append(" | ")
                    .append(option.help())
                    .append(option.secret() ? " Secret: never logged." : "")
                    .append(
                            option.lockable()
                                    ? " Lockable by `" + catalogue.propertyKey(option) + ".locked=true`."
                                    : "")
                    .append(" |\n");
        }
        return table.toString();
    }

    private static String defaultOf(Option<?> option) {
        if (option.defaultText() == null) {
            return "none";
        }
        return option.defaultText().isEmpty() ? "empty" : "`" + option.defaultText() + "`";
    }
}
