/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionType;
import java.util.List;
import java.util.Map;

/** Options of a deployment (MLflow Models) beyond the form's fields. */
public final class DeploymentOptions {

    private static final int DAY = 86400;
    private static final int HIGHEST_PORT = 65535;
    private static final int MOST_WORKERS = 1024;
    private static final int MOST_IMAGES = 1000;

    /** The deploy type; also a field of the form, which does not offer all of them. */
    public static final Option<DeployType> DEPLOY_TYPE = Option.named("deployType", DeployType.optionType())
            .defaultsTo("MLFLOW")
            .help("How the model is served: by a process on the worker, containers, containers described by a"
                    + " compose file, a BentoML service, or a KServe InferenceService or a SeldonDeployment in a"
                    + " Kubernetes cluster. The form of DolphinScheduler 3.1 and later offers only the first two.");

    /** What to do with the deployment. */
    public static final Option<String> ACTION = Option.named(
                    "deployAction", OptionType.choice("deploy", "rollback", "status", "stop", "predict"))
            .defaultsTo("deploy")
            .help("`rollback` redeploys the version before the current one; `status` logs the deployment's state"
                    + " and fails if the service does not answer; `stop` stops the deployment; `predict` scores"
                    + " `mlflow.input` instead of deploying.");

    /** The deployment's name. */
    public static final Option<String> NAME = Option.named(
                    "deploymentName",
                    OptionType.of(
                            "name",
                            "use up to 100 letters, digits, dots, dashes and underscores, a letter or digit first",
                            ContainerValues::deploymentName))
            .help("The name of the deployment on its worker; default: the model's name, a dash and the port.");

    /** The address that the service listens on. */
    public static final Option<String> HOST = Option.named(
                    "host",
                    OptionType.of(
                            "address",
                            "use an IP address or host name of the worker, or 0.0.0.0 for all",
                            ContainerValues::host))
            .defaultsTo("0.0.0.0")
            .lockable()
            .help(
                    "The address that the service listens on; a scoring server does not authenticate its clients, so consider"
                            + " `127.0.0.1` behind a proxy.");

    /** The port on which metrics are served. */
    public static final Option<Integer> METRICS_PORT = Option.named(
                    "metricsPort", OptionType.wholeNumber("port", 1, HIGHEST_PORT))
            .help("The port on which the deployment answers `GET /metrics` for Prometheus; without it, there is none.");

    /** The address on which metrics are served. */
    public static final Option<String> METRICS_HOST = Option.named(
                    "metricsHost",
                    OptionType.of(
                            "address",
                            "use an IP address or host name of the worker, or 0.0.0.0 for all",
                            ContainerValues::host))
            .defaultsTo("127.0.0.1")
            .lockable()
            .help("The address on which the metrics port (`mlflow.metricsPort`) listens.");

    /** Whether the service outlives the task. */
    public static final Option<String> SERVE_MODE = Option.named(
                    "serveMode", OptionType.choice("detached", "foreground"))
            .defaultsTo("detached")
            .help("With `detached`, the service outlives the task; with `foreground`, the task runs as long as the"
                    + " service, and killing it stops the service. For deployTypes MLFLOW and BENTOML.");

    /** The number of server processes. */
    public static final Option<Integer> WORKERS = Option.named(
                    "workers", OptionType.wholeNumber("processes", 1, MOST_WORKERS))
            .defaultsTo("1")
            .help("Number of worker processes of the model server.");

    /** How long one prediction may take. */
    public static final Option<Integer> SCORING_TIMEOUT = Option.named(
                    "scoringTimeout", OptionType.wholeNumber("seconds", 1, DAY))
            .defaultsTo("60")
            .help("How long one prediction may take, and how long a replaced server may take to finish its last"
                    + " requests.");

    /** How long a new server may take to become ready. */
    public static final Option<Integer> START_TIMEOUT = Option.named(
                    "startTimeout", OptionType.wholeNumber("seconds", 1, DAY))
            .defaultsTo("600")
            .help("How long a new server may take to answer `GET /ping`; after that the deployment fails.");

    /** Whether the model must predict its input example before it serves. */
    public static final Option<Boolean> CHECK_PREDICTION = Option.named("checkPrediction", OptionType.flag())
            .defaultsTo("true")
            .help("If the model has an input example, requests a prediction for it from the new server before it"
                    + " takes over.");

    /** Whether the running server is replaced even if nothing has changed. */
    public static final Option<Boolean> FORCE = Option.named("force", OptionType.flag())
            .defaultsTo("false")
            .help("Redeploys even if the same version is deployed and healthy.");

    /** The share of requests that goes to a new version before it takes over. */
    public static final Option<Double> CANARY = Option.named(
                    "canary",
                    OptionType.of(
                            "share",
                            "use a share from 1% to 50%, as in 10%",
                            value -> ContainerValues.share(value, 0.01, 0.5)))
            .help("The share of requests that a new version gets on trial, as in `10%`: it takes over only if it"
                    + " answers as well as the old one. Without it, the new version gets no requests before it takes"
                    + " over.");

    /** How long a new version is compared with the running one. */
    public static final Option<Integer> CANARY_TIME = Option.named(
                    "canaryTime", OptionType.wholeNumber("seconds", 1, DAY))
            .defaultsTo("300")
            .help("How long the new version gets its share of requests (`mlflow.canary`).");

    /** How much worse than the running version a new one may be. */
    public static final Option<Double> CANARY_TOLERANCE = Option.named(
                    "canaryTolerance",
                    OptionType.of(
                            "share",
                            "use a share from 0% to 1000%, as in 25%",
                            value -> ContainerValues.share(value, 0, 10)))
            .defaultsTo("25%")
            .help("How much worse than the old version the new one may be (`mlflow.canary`), in its share of 5xx"
                    + " responses and in the median and 95th percentile of its latency.");

    /** What happens when the service exits by itself. */
    public static final Option<String> RESTART_POLICY = Option.named(
                    "restartPolicy", OptionType.choice("no", "on-failure", "always", "unless-stopped"))
            .defaultsTo("unless-stopped")
            .help("What to do when the service ends unexpectedly: for containers as the engine defines it; a"
                    + " process is restarted unless the value is `no`.");

    /** Whether the server logs each request. */
    public static final Option<Boolean> ACCESS_LOG = Option.named("accessLog", OptionType.flag())
            .defaultsTo("false")
            .help("Writes a line for each request to the model server's log, as `mlflow models serve` does. Without"
                    + " it, requests are only counted, which is faster. For deployType MLFLOW with `mlflow.envManager`"
                    + " `local`.");

    /** The CPU limit of a container. */
    public static final Option<String> CPU_LIMIT = Option.named(
                    "cpuLimit",
                    OptionType.of(
                            "processors", "use a number of processors, as in 0.5 or 2", ContainerValues::cpuLimit))
            .lockable()
            .help("The maximum number of processors for a container, as in `0.5`; without it, there is no limit.");

    /** The memory limit of a container. */
    public static final Option<String> MEMORY_LIMIT = Option.named(
                    "memoryLimit",
                    OptionType.of("size", "use a size of at least 6m, as in 500m or 2g", ContainerValues::memoryLimit))
            .lockable()
            .help("The maximum memory for a container, as in `500m`; without it, there is no limit.");

    /** The image that the model's image is built on. */
    public static final Option<String> BASE_IMAGE = Option.named(
                    "baseImage",
                    OptionType.of("image", "use the name of an image, as in registry/name:tag", ContainerValues::image))
            .lockable()
            .help("The base image of the model's image, for sites without a public registry; without it, the one"
                    + " that MLflow uses.");

    /** Additional options of docker build. */
    public static final Option<List<String>> BUILD_OPTIONS = Option.named(
                    "buildOptions",
                    OptionType.of(
                            "options",
                            "close the quote, and give each --build-arg a name of letters, digits and underscores",
                            ContainerValues::buildOptions))
            .defaultsTo("")
            .lockable()
            .help("Further options of `docker build`, as on a command line: a package index, a proxy, a network.");

    /** How the Python environment in the image is built. */
    public static final Option<String> IMAGE_ENVIRONMENT = Option.named(
                    "imageEnvManager", OptionType.choice("local", "virtualenv", "conda", "uv"))
            .defaultsTo("local")
            .help("How MLflow creates the Python environment in the image.");

    /** Additional options of docker run. */
    public static final Option<List<String>> RUN_OPTIONS = Option.named(
                    "runOptions", OptionType.of("options", "close the quote", ContainerValues::words))
            .defaultsTo("")
            .lockable()
            .help("Further options of `docker run` for the model's container, as on a command line. For deployType"
                    + " DOCKER.");

    /** Labels of the containers. */
    public static final Option<Map<String, String>> LABELS = Option.named(
                    "labels",
                    OptionType.of("list", "use name=value, several separated by commas", ContainerValues::labels))
            .defaultsTo("")
            .help("Labels of the containers, as in `team=risk,stage=live`.");

    /** Whether old images are removed. */
    public static final Option<Boolean> PRUNE_IMAGES = Option.named("pruneImages", OptionType.flag())
            .defaultsTo("false")
            .help("Removes older images of the model after a deployment, except the newest and those in use.");

    /** How many images are kept. */
    public static final Option<Integer> KEEP_IMAGES = Option.named(
                    "keepImages", OptionType.wholeNumber("images", 1, MOST_IMAGES))
            .defaultsTo("2")
            .help("How many images of the model `mlflow.pruneImages` keeps.");

    /** The user's own compose file. */
    public static final Option<String> COMPOSE_FILE = Option.named("composeFile", OptionType.text())
            .help("Your own compose file, by its path in the task's directory (a resource of the node), instead"
                    + " of ours. For deployType DOCKER COMPOSE.");

    /** The folder with the records of deployments. */
    public static final Option<String> STATE_DIRECTORY = Option.named("stateDir", OptionType.text())
            .operatorOnly()
            .help("Folder on each worker in which deployments are recorded, with a subfolder per user; default:"
                    + " `~/.local/state/dolphinml/deployments` of the task's user.");

    private DeploymentOptions() {}

    static Option<?>[] all() {
        return new Option<?>[] {
            DEPLOY_TYPE,
            ACTION,
            NAME,
            HOST,
            METRICS_PORT,
            METRICS_HOST,
            SERVE_MODE,
            WORKERS,
            SCORING_TIMEOUT,
            START_TIMEOUT,
            CHECK_PREDICTION,
            FORCE,
            CANARY,
            CANARY_TIME,
            CANARY_TOLERANCE,
            RESTART_POLICY,
            ACCESS_LOG,
            CPU_LIMIT,
            MEMORY_LIMIT,
            BASE_IMAGE,
            BUILD_OPTIONS,
            IMAGE_ENVIRONMENT,
            RUN_OPTIONS,
            LABELS,
            PRUNE_IMAGES,
            KEEP_IMAGES,
            COMPOSE_FILE,
            STATE_DIRECTORY
        };
    }
}
