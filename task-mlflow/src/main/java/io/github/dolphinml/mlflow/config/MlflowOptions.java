/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionType;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.validate.Problems;
import java.util.stream.Stream;

/** Options of every MLFLOW node beyond the form's fields. */
public final class MlflowOptions {

    /** The environment with MLflow. */
    public static final Option<String> ENVIRONMENT = Option.named("environment", OptionType.text())
            .help("Environment whose Python has MLflow, in any form that JUPYTER's `condaEnvName` accepts; without"
                    + " it, the Python on PATH, or the one in `PYTHON_LAUNCHER` or `PYTHON_HOME`.");

    /** What builds the Python environment if the node's own is not used. */
    public static final Option<String> ENVIRONMENT_MANAGER = Option.named(
                    "envManager", OptionType.choice("local", "virtualenv", "conda", "uv"))
            .help("`local` uses the node's environment; with the other values MLflow creates one from the"
                    + " requirements of the model or project. Without it, a model is served as with `local`, and a"
                    + " custom project runs as MLflow itself chooses, or in the node's environment if it has no"
                    + " environment file.");

    /** The options that begin with {@code mlflow}. */
    public static final OptionCatalogue CATALOGUE = new OptionCatalogue(
            "mlflow",
            Stream.of(
                            new Option<?>[] {ENVIRONMENT, ENVIRONMENT_MANAGER},
                            ProjectOptions.all(),
                            DeploymentOptions.all(),
                            BentoOptions.all(),
                            ClusterOptions.all(),
                            PredictionOptions.all())
                    .flatMap(Stream::of)
                    .toArray(Option<?>[]::new));

    private MlflowOptions() {}

    /** Adds a fault if {@code envManager} is set to create an environment for a purpose that needs the node's own. */
    static void refuseOtherEnvironment(OptionValues options, Problems problems, String purpose, String contents) {
        options.find(ENVIRONMENT_MANAGER)
                .filter(manager -> !manager.equals("local"))
                .ifPresent(manager -> problems.add(
                        CATALOGUE.parameterName(ENVIRONMENT_MANAGER),
                        Problems.shown(manager) + " is not for " + purpose,
                        "use local, and name an environment with " + contents + " in mlflow.environment"));
    }
}
