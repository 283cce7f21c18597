/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.OptionType;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What serves the model. The form offers the first two; {@code mlflow.deployType} sets the others. */
public enum DeployType {
    /** MLflow's model server, a process on the worker's machine. */
    MLFLOW(Runtime.PROCESS),
    /** Containers started by {@code docker run}. */
    DOCKER(Runtime.CONTAINER),
    /** Containers of a compose file. */
    DOCKER_COMPOSE(Runtime.CONTAINER),
    /** A BentoML service, a process on the worker's machine. */
    BENTOML(Runtime.PROCESS),
    /** An InferenceService of KServe. */
    KSERVE(Runtime.CLUSTER),
    /** A SeldonDeployment of Seldon Core 1. */
    SELDON(Runtime.CLUSTER);

    /** Where the model server runs. */
    enum Runtime {
        PROCESS,
        CONTAINER,
        CLUSTER
    }

    private final Runtime runtime;

    DeployType(Runtime runtime) {
        this.runtime = runtime;
    }

    /** The type's name in the form, in options and in the records of deployments. */
    public String word() {
        return name().replace('_', ' ');
    }

    /** The Python packages that the node's environment needs, the indispensable one first. */
    public String[] packages() {
        return this == BENTOML ? new String[] {"mlflow", "bentoml"} : new String[] {"mlflow"};
    }

    /** Whether the model server is a process on the worker's machine. */
    boolean isProcess() {
        return runtime == Runtime.PROCESS;
    }

    /** Whether the model server runs in a container on the worker's Docker engine. */
    boolean isContainer() {
        return runtime == Runtime.CONTAINER;
    }

    /** Whether the model server runs in a Kubernetes cluster. */
    public boolean isInCluster() {
        return runtime == Runtime.CLUSTER;
    }

    /** The type of an option whose value is a deploy type. */
    static OptionType<DeployType> optionType() {
        String words = Arrays.stream(values()).map(DeployType::word).collect(Collectors.joining(", "));
        return OptionType.of(words, "use one of " + words, DeployType::of);
    }

    private static DeployType of(String text) {
        return Arrays.stream(values())
                .filter(type -> type.word().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(text));
    }
}
