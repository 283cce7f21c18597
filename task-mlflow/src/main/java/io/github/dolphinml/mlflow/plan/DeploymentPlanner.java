/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.plan;

import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.ProgramPlanner;
import io.github.dolphinml.common.task.PythonProgram;
import io.github.dolphinml.mlflow.config.BentoOptions;
import io.github.dolphinml.mlflow.config.ClusterOptions;
import io.github.dolphinml.mlflow.config.DeployType;
import io.github.dolphinml.mlflow.config.DeploymentOptions;
import io.github.dolphinml.mlflow.config.MlflowOptions;
import io.github.dolphinml.mlflow.config.ModelDeployment;
import io.github.dolphinml.mlflow.config.ModelKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Plans a deployment: activate the environment, then run {@code deploy_model.py} on the request. */
public final class DeploymentPlanner extends ProgramPlanner {

    private static final PythonProgram PROGRAM = PythonProgram.of(
            "mlflow/deploy/deploy_model.py",
            "mlflow/deploy",
            "mlflow/tracking",
            "environment/indexes.py",
            "kubernetes");

    /**
     * @param secrets values that the program must keep out of logs, messages and reports
     */
    public DeploymentPlanner(Node node, ControlDirectory control, Set<String> secrets) {
        super(node, control, secrets);
    }

    /** Plans a deployment. */
    public ExecutionPlan plan(ModelDeployment deployment) {
        DeployType type = deployment.options().get(DeploymentOptions.DEPLOY_TYPE);
        EnvironmentSteps environment =
                deployment.environment().steps(control(), PythonOrder.PATH_FIRST, type.packages());
        return plan(environment, PROGRAM, "deployment", request(deployment));
    }

    /** The program's part of the request, with the keys that {@code deploy/request/settings.py} reads. */
    static Map<String, Object> request(ModelDeployment deployment) {
        OptionValues options = deployment.options();
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("action", options.get(DeploymentOptions.ACTION));
        request.put("deployType", options.get(DeploymentOptions.DEPLOY_TYPE).word());
        request.put("trackingUri", deployment.trackingServer().inRequest());
        request.put("model", deployment.model().map(ModelKey::text).orElse(null));
        request.put("host", options.get(DeploymentOptions.HOST));
        request.put("port", deployment.port());
        request.put("name", options.find(DeploymentOptions.NAME).orElse(null));
        request.put("stateDir", options.find(DeploymentOptions.STATE_DIRECTORY).orElse(null));
        request.put("checkPrediction", options.get(DeploymentOptions.CHECK_PREDICTION));
        request.put("force", options.get(DeploymentOptions.FORCE));
        request.put("canary", options.find(DeploymentOptions.CANARY).orElse(null));
        request.put("canaryTime", options.get(DeploymentOptions.CANARY_TIME));
        request.put("canaryTolerance", options.get(DeploymentOptions.CANARY_TOLERANCE));
        putServer(request, options);
        putContainer(request, options);
        if (options.get(DeploymentOptions.DEPLOY_TYPE) == DeployType.BENTOML) {
            request.put("bento", bento(options));
        }
        putCluster(request, options);
        return request;
    }

    private static void putServer(Map<String, Object> request, OptionValues options) {
        request.put("serveMode", options.get(DeploymentOptions.SERVE_MODE));
        request.put(
                "envManager", options.find(MlflowOptions.ENVIRONMENT_MANAGER).orElse("local"));
        request.put("workers", options.get(DeploymentOptions.WORKERS));
        request.put("timeout", options.get(DeploymentOptions.SCORING_TIMEOUT));
        request.put("startTimeout", options.get(DeploymentOptions.START_TIMEOUT));
        request.put("restartPolicy", options.get(DeploymentOptions.RESTART_POLICY));
        request.put("accessLog", options.get(DeploymentOptions.ACCESS_LOG));
        Optional<Integer> metricsPort = options.find(DeploymentOptions.METRICS_PORT);
        request.put("metricsPort", metricsPort.orElse(null));
        request.put("metricsHost", metricsPort.isPresent() ? options.get(DeploymentOptions.METRICS_HOST) : null);
    }

    private static Map<String, Object> bento(OptionValues options) {
        Map<String, Object> bento = new LinkedHashMap<>();
        bento.put("batchSize", options.find(BentoOptions.BATCH_SIZE).orElse(null));
        bento.put("batchLatency", options.find(BentoOptions.BATCH_LATENCY).orElse(null));
        bento.put("service", options.find(BentoOptions.BENTO).orElse(null));
        bento.put("build", options.get(BentoOptions.BENTO_BUILD));
        return bento;
    }

    private static void putContainer(Map<String, Object> request, OptionValues options) {
        request.put("cpuLimit", options.find(DeploymentOptions.CPU_LIMIT).orElse(null));
        request.put("memoryLimit", options.find(DeploymentOptions.MEMORY_LIMIT).orElse(null));
        request.put("baseImage", options.find(DeploymentOptions.BASE_IMAGE).orElse(null));
        request.put("buildOptions", options.get(DeploymentOptions.BUILD_OPTIONS));
        request.put("imageEnvManager", options.get(DeploymentOptions.IMAGE_ENVIRONMENT));
        request.put("runOptions", options.get(DeploymentOptions.RUN_OPTIONS));
        request.put("labels", options.get(DeploymentOptions.LABELS));
        request.put("composeFile", options.find(DeploymentOptions.COMPOSE_FILE).orElse(null));
        request.put("pruneImages", options.get(DeploymentOptions.PRUNE_IMAGES));
        request.put("keepImages", options.get(DeploymentOptions.KEEP_IMAGES));
    }

    /** A rollback may run after the task has ended, and must find the file of a secret as the task does. */
    private static Object kubeconfig(String path) {
        return SecretReference.nameIn(path)
                .<Object>map(name -> SecretReference.pathInRequest("mlflow.kubeconfig", name))
                .orElse(path);
    }

    private static void putCluster(Map<String, Object> request, OptionValues options) {
        if (!options.get(DeploymentOptions.DEPLOY_TYPE).isInCluster()) {
            return;
        }
        request.put("kubectl", options.get(ClusterOptions.KUBECTL));
        request.put(
                "kubeconfig",
                options.find(ClusterOptions.KUBECONFIG)
                        .map(DeploymentPlanner::kubeconfig)
                        .orElse(null));
        request.put("context", options.find(ClusterOptions.CONTEXT).orElse(null));
        request.put("namespace", options.find(ClusterOptions.NAMESPACE).orElse(null));
        request.put("replicas", options.find(ClusterOptions.REPLICAS).orElse(null));
        request.put(
                "serviceAccount", options.find(ClusterOptions.SERVICE_ACCOUNT).orElse(null));
        request.put("runtime", options.find(ClusterOptions.RUNTIME).orElse(null));
        request.put("readinessProbe", options.get(ClusterOptions.READINESS_PROBE));
        request.put("image", options.find(ClusterOptions.IMAGE).orElse(null));
        request.put(
                "runtimePackages", options.find(ClusterOptions.RUNTIME_PACKAGES).orElse(null));
        request.put("storageMap", options.get(ClusterOptions.STORAGE_MAP));
        request.put("ingress", options.find(ClusterOptions.INGRESS).orElse(null));
        request.put("manifest", options.find(ClusterOptions.MANIFEST).orElse(null));
    }
}
