/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow.config;

import io.github.dolphinml.common.kubernetes.KubeconfigSecrets;
import io.github.dolphinml.common.kubernetes.Manifest;
import io.github.dolphinml.common.kubernetes.ManifestSecrets;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.NodeEnvironment;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** A validated manifest to apply and follow. */
public final class ManifestRun {

    private final Manifest manifest;
    private final String namespace;
    private final String kubeconfig;
    private final NodeEnvironment environment;
    private final OptionValues options;

    /**
     * @param namespace the namespace for objects that name none; null for the kubeconfig's
     * @param kubeconfig the content of the kubeconfig that DolphinScheduler passes to the task; null if it passes none
     * @param environment the environment whose Python runs the program
     */
    ManifestRun(
            Manifest manifest, String namespace, String kubeconfig, NodeEnvironment environment, OptionValues options) {
        this.manifest = manifest;
        this.namespace = namespace;
        this.kubeconfig = kubeconfig;
        this.environment = environment;
        this.options = options;
    }

    /** The objects; at least one. */
    public Manifest manifest() {
        return manifest;
    }

    /** The namespace for objects that name none; empty for the kubeconfig's. */
    public Optional<String> namespace() {
        return Optional.ofNullable(namespace);
    }

    /** The content of the kubeconfig that DolphinScheduler passes to the task, if it passes one. */
    public Optional<String> kubeconfig() {
        return Optional.ofNullable(kubeconfig);
    }

    /** The environment whose Python runs the program. */
    public NodeEnvironment environment() {
        return environment;
    }

    /** The values of the task's options. */
    public OptionValues options() {
        return options;
    }

    /** The values to mask in logs: the credentials of the kubeconfig and the content of Secrets. */
    public Set<String> secrets() {
        Set<String> secrets = new LinkedHashSet<>(ManifestSecrets.of(manifest));
        kubeconfig().map(KubeconfigSecrets::of).ifPresent(secrets::addAll);
        return secrets;
    }
}
