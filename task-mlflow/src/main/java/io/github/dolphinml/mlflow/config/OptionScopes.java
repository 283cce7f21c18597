/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The options of deployments that have an effect with some deploy types only. */
final class OptionScopes {

    private static final Map<Option<?>, Set<DeployType>> SCOPES = scopes();

    private OptionScopes() {}

    private static Map<Option<?>, Set<DeployType>> scopes() {
        Set<DeployType> containers = EnumSet.of(DeployType.DOCKER, DeployType.DOCKER_COMPOSE);
        Map<Option<?>, Set<DeployType>> scopes = new LinkedHashMap<>();
        scopes.put(DeploymentOptions.CPU_LIMIT, containers);
        scopes.put(DeploymentOptions.MEMORY_LIMIT, containers);
        scopes.put(DeploymentOptions.COMPOSE_FILE, EnumSet.of(DeployType.DOCKER_COMPOSE));
        scopes.put(DeploymentOptions.RUN_OPTIONS, EnumSet.of(DeployType.DOCKER));
        for (Option<?> option : BentoOptions.all()) {
            scopes.put(option, EnumSet.of(DeployType.BENTOML));
        }
        return Collections.unmodifiableMap(scopes);
    }

    /** The options without an effect for a type, each with the types that it is for. */
    static Map<Option<?>, Set<DeployType>> withoutEffect(DeployType type) {
        Map<Option<?>, Set<DeployType>> others = new LinkedHashMap<>(SCOPES);
        others.values().removeIf(types -> types.contains(type));
        return others;
    }
}
