/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionType;
import java.util.Map;

/** Options of a deployment in a Kubernetes cluster. */
public final class ClusterOptions {

    private static final int MOST_REPLICAS = 10000;

    /** The namespace in the cluster. */
    public static final Option<String> NAMESPACE = Option.named(
                    "namespace", OptionType.of("name", "use the name of a namespace", KubernetesValues::namespace))
            .help("The namespace of the deployment; default: that of the kubeconfig's context. For deployType"
                    + " KSERVE and SELDON, like all options from here to `mlflow.manifest`.");

    /** The path of kubectl. */
    public static final Option<String> KUBECTL = Option.named("kubectl", OptionType.text())
            .defaultsTo("kubectl")
            .help("The program kubectl: a name on PATH or an absolute path.");

    /** The kubeconfig to use if the environment names none. */
    public static final Option<String> KUBECONFIG = Option.named("kubeconfig", OptionType.text())
            .help("Path of a kubeconfig on the worker, or the name of a secret that is one, as in"
                    + " `secret:clusters/prod`; used if the node's environment does not set KUBECONFIG. Default: the"
                    + " one in the home directory of the task's user.");

    /** The context in the kubeconfig. */
    public static final Option<String> CONTEXT =
            Option.named("context", OptionType.text()).help("Context of the kubeconfig; default: the current one.");

    /** The number of pods. */
    public static final Option<Integer> REPLICAS = Option.named(
                    "replicas", OptionType.wholeNumber("replicas", 1, MOST_REPLICAS))
            .help("Number of pods that serve the model; without it, the platform decides.");

    /** The pods' service account. */
    public static final Option<String> SERVICE_ACCOUNT = Option.named(
                    "serviceAccount",
                    OptionType.of("name", "use the name of a service account", KubernetesValues::objectName))
            .lockable()
            .help("The service account of the pods, which has the credentials for the artifact store.");

    /** The serving runtime. */
    public static final Option<String> RUNTIME = Option.named(
                    "runtime", OptionType.of("name", "use the name of a serving runtime", KubernetesValues::objectName))
            .help("For deployType KSERVE: the ServingRuntime or ClusterServingRuntime; without it, the one that"
                    + " KServe chooses for the format `mlflow`.");

    /** Whether KServe's own runtime gets a readiness probe for the model. */
    public static final Option<Boolean> READINESS_PROBE = Option.named("readinessProbe", OptionType.flag())
            .defaultsTo("true")
            .help("For deployType KSERVE: whether the manifest gets a readiness probe for the model"
                    + " (`/v2/models/NAME/ready` on port 8080) if KServe chooses the runtime or `mlflow.runtime` is"
                    + " `kserve-mlserver`. A probe in your own manifest takes precedence.");

    /** The image of the model server. */
    public static final Option<String> IMAGE = Option.named(
                    "image",
                    OptionType.of("image", "use the name of an image, as in registry/name:tag", ContainerValues::image))
            .lockable()
            .help("The image of the model server, instead of the runtime's.");

    /** The packages in the runtime's image. */
    public static final Option<String> RUNTIME_PACKAGES = Option.named("runtimePackages", OptionType.text())
            .help("A file with the output of `pip freeze` in the runtime's image, given by its path in the task's"
                    + " directory (a resource of the node). The model's requirements are checked against it before"
                    + " anything is changed.");

    /** Maps addresses in the artifact store to those that the cluster downloads from. */
    public static final Option<Map<String, String>> STORAGE_MAP = Option.named(
                    "storageMap",
                    OptionType.of(
                            "list",
                            "use begin=replacement, as in mlflow-artifacts:/=s3://bucket/path, several separated by"
                                    + " commas",
                            KubernetesValues::storageMap))
            .defaultsTo("")
            .help("Where the cluster downloads the model from, if not from the address in the registry: the prefix"
                    + " of an address and its replacement, as in `mlflow-artifacts:/=s3://bucket/path` or"
                    + " `file:///mnt/models=pvc://models`, separated by commas.");

    /** The gateway of the cluster. */
    public static final Option<String> INGRESS = Option.named(
                    "ingress",
                    OptionType.of("address", "use an address as in http://gateway:8080", KubernetesValues::httpAddress))
            .help("Address of the cluster's gateway as seen from this worker; requests go there with the service's"
                    + " host name. Without it, they go to the address in the service's status.");

    /** The node's own manifest. */
    public static final Option<String> MANIFEST = Option.named("manifest", OptionType.text())
            .help("Your own object in YAML, given by its path in the task's directory (a resource of the node). It"
                    + " takes precedence over the generated one; name, namespace and the address of the model are"
                    + " filled in.");

    private ClusterOptions() {}

    static Option<?>[] all() {
        return new Option<?>[] {
            NAMESPACE,
            KUBECTL,
            KUBECONFIG,
            CONTEXT,
            REPLICAS,
            SERVICE_ACCOUNT,
            RUNTIME,
            READINESS_PROBE,
            IMAGE,
            RUNTIME_PACKAGES,
            STORAGE_MAP,
            INGRESS,
            MANIFEST
        };
    }
}
