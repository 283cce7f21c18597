/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Which options of deployments have an effect only with certain deploy types. */
final class OptionScopes {

    private static final List<Option<?>> OF_THE_MACHINE = Arrays.asList(
            DeploymentOptions.HOST,
            DeploymentOptions.METRICS_PORT,
            DeploymentOptions.METRICS_HOST,
            DeploymentOptions.WORKERS,
            DeploymentOptions.RESTART_POLICY);

    private static final Map<Option<?>, Set<DeployType>> SCOPES = scopes();

    private OptionScopes() {}

    private static Set<DeployType> types(Predicate<DeployType> wanted) {
        Set<DeployType> types = EnumSet.allOf(DeployType.class);
        types.removeIf(wanted.negate());
        return types;
    }

    private static Map<Option<?>, Set<DeployType>> scopes() {
        Set<DeployType> containers = EnumSet.of(DeployType.DOCKER, DeployType.DOCKER_COMPOSE);
        Map<Option<?>, Set<DeployType>> scopes = new LinkedHashMap<>();
        Set<DeployType> limited = EnumSet.copyOf(containers);
        Set<DeployType> clusters = types(DeployType::isInCluster);
        limited.addAll(clusters);
        scopes.put(DeploymentOptions.CPU_LIMIT, limited);
        scopes.put(DeploymentOptions.MEMORY_LIMIT, limited);
        Set<DeployType> machines = types(type -> !type.isInCluster());
        for (Option<?> option : OF_THE_MACHINE) {
            scopes.put(option, machines);
        }
        for (Option<?> option : ClusterOptions.all()) {
            scopes.put(option, clusters);
        }
        scopes.put(MlflowOptions.ENVIRONMENT_MANAGER, types(DeployType::isProcess));
        scopes.put(DeploymentOptions.ACCESS_LOG, EnumSet.of(DeployType.MLFLOW));
        scopes.put(ClusterOptions.RUNTIME, EnumSet.of(DeployType.KSERVE));
        scopes.put(ClusterOptions.READINESS_PROBE, EnumSet.of(DeployType.KSERVE));
        scopes.put(DeploymentOptions.COMPOSE_FILE, EnumSet.of(DeployType.DOCKER_COMPOSE));
        scopes.put(DeploymentOptions.RUN_OPTIONS, EnumSet.of(DeployType.DOCKER));
        for (Option<?> option : BentoOptions.all()) {
            scopes.put(option, EnumSet.of(DeployType.BENTOML));
        }
        return Collections.unmodifiableMap(scopes);
    }

    /** Returns the options that have no effect with a deploy type, each with the types for which it has one. */
    static Map<Option<?>, Set<DeployType>> withoutEffect(DeployType type) {
        Map<Option<?>, Set<DeployType>> others = new LinkedHashMap<>(SCOPES);
        others.values().removeIf(types -> types.contains(type));
        return others;
    }
}
