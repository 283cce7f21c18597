/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An operator's own repository of presets, and the arguments with which the stock plugin runs its projects. */
final class PresetRepository {

    /** The value in every {@code common.properties} that DolphinScheduler ships; not an operator's choice. */
    private static final String STOCK = "https?://github\\.com/apache/dolphinscheduler-mlflow(\\.git)?/?";

    private static final String STOCK_VERSION = "main";

    private final String address;
    private final String version;
    private final List<OfferedParameter> offers;

    private PresetRepository(String address, String version, List<OfferedParameter> offers) {
        this.address = address;
        this.version = version;
        this.offers = offers;
    }

    /** Returns the operator's repository; empty if the built-in presets are used. */
    static Optional<PresetRepository> of(OptionValues options) {
        String address = unquoted(options.find(ProjectOptions.PRESET_REPOSITORY).orElse(""));
        String version =
                unquoted(options.find(ProjectOptions.PRESET_REPOSITORY_VERSION).orElse(""));
        boolean stock = address.matches(STOCK) && (version.isEmpty() || version.equals(STOCK_VERSION));
        // DolphinScheduler ships a default version, which does not apply to a directory.
        boolean versioned = !version.isEmpty()
                && (version.equals(STOCK_VERSION) ? ProjectCommand.isGit(address) : ProjectCommand.mayBeGit(address));
        return address.isEmpty() || stock
                ? Optional.empty()
                : Optional.of(new PresetRepository(address, versioned ? version : null, offers(options)));
    }

    /** Parameters that the stock presets do not have. */
    private static List<OfferedParameter> offers(OptionValues options) {
        List<OfferedParameter> offers = new ArrayList<>();
        offer(offers, "label_column", ProjectOptions.LABEL_COLUMN, options);
        offer(offers, "promote_if", ProjectOptions.PROMOTE_IF, options);
        return offers;
    }

    private static void offer(List<OfferedParameter> offers, String name, Option<String> option, OptionValues options) {
        options.find(option)
                .ifPresent(value ->
                        offers.add(new OfferedParameter(name, value, MlflowOptions.CATALOGUE.parameterName(option))));
    }

    /** Removes quotes, which the value that DolphinScheduler ships has. */
    private static String unquoted(String text) {
        String trimmed = text.trim();
        boolean quoted = trimmed.length() > 1 && trimmed.startsWith("\"") && trimmed.endsWith("\"");
        return quoted ? trimmed.substring(1, trimmed.length() - 1).trim() : trimmed;
    }

    /** Returns the command of the project that does a training. */
    ProjectCommand command(PresetTraining training) {
        return parameters(training).offering(offers);
    }

    private ProjectCommand parameters(PresetTraining training) {
        String project = address + "#" + training.job().directory();
        String model = training.modelName().orElse("");
        if (training.job() == ProjectJob.AUTOML) {
            return ProjectCommand.withParameters(
                    project,
                    version,
                    "tool",
                    training.method(),
                    "data_path",
                    training.dataPath(),
                    "params",
                    training.params(),
                    "model_name",
                    model);
        }
        return ProjectCommand.withParameters(
                project,
                version,
                "algorithm",
                training.method(),
                "data_path",
                training.dataPath(),
                "params",
                training.params(),
                "search_params",
                training.searchParams(),
                "model_name",
                model);
    }
}
