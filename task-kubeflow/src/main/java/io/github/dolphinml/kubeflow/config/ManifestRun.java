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

/** A manifest to apply and follow, every part of it checked. */
public final class ManifestRun {

    private final Manifest manifest;
    private final String namespace;
    private final String kubeconfig;
    private final NodeEnvironment environment;
    private final OptionValues options;

    /**
     * @param namespace for objects that name none; null for that of the kubeconfig
     * @param kubeconfig the content of the one that DolphinScheduler hands over; null if it does not
     * @param environment whose Python runs the program
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

    /** The namespace of objects that name none; empty for that of the kubeconfig. */
    public Optional<String> namespace() {
        return Optional.ofNullable(namespace);
    }

    /** The content of the kubeconfig that DolphinScheduler hands over. */
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

    /** What no log may show: the credentials of the kubeconfig and the content of Secrets. */
    public Set<String> secrets() {
        Set<String> secrets = new LinkedHashSet<>(ManifestSecrets.of(manifest));
        kubeconfig().map(KubeconfigSecrets::of).ifPresent(secrets::addAll);
        return secrets;
    }
}
