package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionType;
import java.util.stream.Stream;

/** What an MLFLOW node can be told and the form has no field for. */
public final class MlflowOptions {

    /** The environment with MLflow. */
    public static final Option<String> ENVIRONMENT = Option.named("environment", OptionType.text())
            .help("Environment whose Python has MLflow, in the forms of JUPYTER's `condaEnvName`; without it the"
                    + " Python on PATH, or the one that `PYTHON_LAUNCHER` or `PYTHON_HOME` names.");

    /** The options that begin with {@code mlflow}. */
    public static final OptionCatalogue CATALOGUE = new OptionCatalogue(
            "mlflow",
            Stream.of(new Option<?>[] {ENVIRONMENT}, DeploymentOptions.all())
                    .flatMap(Stream::of)
                    .toArray(Option<?>[]::new));

    private MlflowOptions() {}
}
