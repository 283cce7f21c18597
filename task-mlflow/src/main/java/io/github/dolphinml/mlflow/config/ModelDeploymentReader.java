/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.NodeEnvironment;
import io.github.dolphinml.common.validate.Problems;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads and validates the form of an MLFLOW node of the type MLflow Models. */
public final class ModelDeploymentReader {

    private static final String PORT_DEFAULT = "7000";
    private static final int LARGEST_PORT = 65535;
    private static final String DEPLOY = "deploy";

    private final Node node;
    private final Problems problems;

    /** Creates a reader for one node. Faults are added to the node's problems. */
    public ModelDeploymentReader(Node node) {
        this.node = node;
        this.problems = node.problems();
    }

    /** Returns the deployment that the node requests. Use it only if the node has no faults. */
    public ModelDeployment read() {
        OptionValues options = node.options(MlflowOptions.CATALOGUE);
        int port = port();
        checkTogether(options);
        checkMetrics(options, port);
        return new ModelDeployment.Builder()
                .environment(NodeEnvironment.of(
                        "mlflow.environment",
                        options.find(MlflowOptions.ENVIRONMENT).orElse(""),
                        node))
                .trackingServer(TrackingServer.of(node))
                .model(model(options))
                .port(port)
                .options(options)
                .build();
    }

    private Optional<ModelKey> model(OptionValues options) {
        String field = "deployModelKey";
        Optional<String> text = node.text(field);
        boolean named = options.find(DeploymentOptions.NAME).isPresent();
        if (!text.isPresent() && !(named && !deploys(options))) {
            problems.add(field, "it is empty", ModelKey.RIGHT);
        }
        try {
            return text.map(ModelKey::of);
        } catch (IllegalArgumentException wrong) {
            problems.add(field, Problems.shown(text.get()) + " does not name a model", ModelKey.RIGHT);
            return Optional.empty();
        }
    }

    private int port() {
        String text = node.text("deployPort").orElse(PORT_DEFAULT);
        int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
        if (port < 1 || port > LARGEST_PORT) {
            problems.add(
                    "deployPort", Problems.shown(text) + " is not a port", "use a number from 1 to " + LARGEST_PORT);
        }
        return port;
    }

    private static boolean deploys(OptionValues options) {
        return options.find(DeploymentOptions.ACTION).orElse(DEPLOY).equals(DEPLOY);
    }

    /** Checks options that exclude or require one another. */
    private void checkTogether(OptionValues options) {
        DeployType type = options.get(DeploymentOptions.DEPLOY_TYPE);
        if (!type.isProcess() && options.get(DeploymentOptions.SERVE_MODE).equals("foreground")) {
            problems.add(
                    "mlflow.serveMode",
                    (type.isInCluster() ? "a service of a cluster" : "a container") + " does not run in the foreground",
                    "use detached, or deployType MLFLOW");
        }
        if (type == DeployType.DOCKER_COMPOSE
                && options.find(DeploymentOptions.COMPOSE_FILE).isPresent()
                && options.find(DeploymentOptions.CANARY).isPresent()) {
            problems.add(
                    "mlflow.canary",
                    "with mlflow.composeFile the file says how the service is replaced",
                    "leave one of the two out");
        }
        if (type.isInCluster()) {
            checkServiceName(options.find(DeploymentOptions.NAME));
        }
        if (type == DeployType.BENTOML) {
            MlflowOptions.refuseOtherEnvironment(
                    options, problems, "deployType BENTOML", "bentoml and the model's packages");
        }
        if (type.isContainer()) {
            checkIsAddress("mlflow.host", options.find(DeploymentOptions.HOST));
            checkIsAddress("mlflow.metricsHost", options.find(DeploymentOptions.METRICS_HOST));
        }
        OptionScopes.withoutEffect(type).forEach(this::warnOfNoEffect);
        warnIfSet(ProjectOptions.DATA, "MLflow Projects and for deployAction predict");
        checkBatching(options);
    }

    private void checkBatching(OptionValues options) {
        boolean batches = options.find(BentoOptions.BATCH_SIZE).isPresent();
        if (options.find(BentoOptions.BENTO).isPresent()) {
            if (batches) {
                problems.warn(
                        "mlflow.batchSize has no effect with mlflow.bento: your own service defines its batching.");
            }
            if (node.customParameter("mlflow.workers").isPresent()) {
                problems.warn("mlflow.workers has no effect with mlflow.bento: your own service defines its workers.");
            }
        } else if (!batches && options.find(BentoOptions.BATCH_LATENCY).isPresent()) {
            problems.warn("mlflow.batchLatency has no effect without mlflow.batchSize.");
        }
    }

    private void checkServiceName(Optional<String> name) {
        name.filter(given -> !KubernetesValues.isService(given))
                .ifPresent(given -> problems.add(
                        "mlflow.deploymentName",
                        Problems.shown(given) + " cannot be the name of a service in a cluster",
                        KubernetesValues.RIGHT_SERVICE));
    }

    private void checkIsAddress(String name, Optional<String> host) {
        if (host.isPresent() && !host.get().isEmpty() && !ContainerValues.isAddress(host.get())) {
            problems.add(
                    name,
                    Problems.shown(host.get()) + " is a name, and Docker publishes on addresses",
                    "use an IP address of the worker, or 0.0.0.0 for all");
        }
    }

    private void checkMetrics(OptionValues options, int port) {
        if (options.find(DeploymentOptions.METRICS_PORT)
                .filter(metrics -> metrics == port)
                .isPresent()) {
            problems.add("mlflow.metricsPort", port + " is the port of the model (deployPort)", "use another port");
        }
        if (options.find(DeploymentOptions.METRICS_PORT).isPresent()) {
            ignoredForOwnCompose(options);
        }
    }

    private void ignoredForOwnCompose(OptionValues options) {
        if (options.find(DeploymentOptions.COMPOSE_FILE).isPresent()) {
            problems.warn("mlflow.metricsPort has no effect: with your own compose file there is no front.");
        }
    }

    private void warnOfNoEffect(Option<?> option, Set<DeployType> types) {
        String words = types.stream().map(DeployType::word).collect(Collectors.joining(", "));
        warnIfSet(option, "deployType " + words.replaceFirst(", ([^,]*)$", " and $1"));
    }

    private void warnIfSet(Option<?> option, String purpose) {
        String name = MlflowOptions.CATALOGUE.parameterName(option);
        if (node.customParameter(name).filter(value -> !value.trim().isEmpty()).isPresent()) {
            problems.warn("The custom parameter " + name + " is for " + purpose + "; it has no effect here.");
        }
    }
}
