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

/** A repository of an operator's with presets, and how the stock plugin calls what is in it. */
final class PresetRepository {

    /** What every {@code common.properties} of DolphinScheduler has; nobody has chosen it. */
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

    /** The operator's repository; empty where the built-in presets count. */
    static Optional<PresetRepository> of(OptionValues options) {
        String address = unquoted(options.find(ProjectOptions.PRESET_REPOSITORY).orElse(""));
        String version =
                unquoted(options.find(ProjectOptions.PRESET_REPOSITORY_VERSION).orElse(""));
        boolean stock = address.matches(STOCK) && (version.isEmpty() || version.equals(STOCK_VERSION));
        // DolphinScheduler ships a default version: a directory is then taken as it is.
        boolean versioned = !version.isEmpty()
                && (version.equals(STOCK_VERSION) ? ProjectCommand.isGit(address) : ProjectCommand.mayBeGit(address));
        return address.isEmpty() || stock
                ? Optional.empty()
                : Optional.of(new PresetRepository(address, versioned ? version : null, offers(options)));
    }

    /** What the stock presets have no parameter for. */
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

    /** The value that DolphinScheduler ships has quotes in it. */
    private static String unquoted(String text) {
        String trimmed = text.trim();
        boolean quoted = trimmed.length() > 1 && trimmed.startsWith("\"") && trimmed.endsWith("\"");
        return quoted ? trimmed.substring(1, trimmed.length() - 1).trim() : trimmed;
    }

    /** The project that does a training. */
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
