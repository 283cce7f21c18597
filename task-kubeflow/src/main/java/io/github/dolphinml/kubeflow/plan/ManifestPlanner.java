/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow.plan;

import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.kubernetes.ManifestDocument;
import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.ProgramPlanner;
import io.github.dolphinml.common.task.PythonProgram;
import io.github.dolphinml.kubeflow.config.EndRule;
import io.github.dolphinml.kubeflow.config.KubeflowOptions;
import io.github.dolphinml.kubeflow.config.ManifestRun;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Plans a run: stage the kubeconfig for the task's user only, then run {@code run_manifest.py} on the request. */
public final class ManifestPlanner extends ProgramPlanner {

    private static final PythonProgram PROGRAM = PythonProgram.of("kubeflow/run_manifest.py", "kubeflow", "kubernetes");

    private static final String KUBECONFIG = "kubeconfig";

    /**
     * @param secrets values that the program must keep out of logs, messages and reports
     */
    public ManifestPlanner(Node node, ControlDirectory control, Set<String> secrets) {
        super(node, control, secrets);
    }

    /** Plans a run. */
    public ExecutionPlan plan(ManifestRun run) {
        EnvironmentSteps environment = run.environment().steps(control(), PythonOrder.HOME_FIRST);
        List<StagedFile> files = run.kubeconfig()
                .map(content ->
                        Collections.singletonList(StagedFile.text("private/" + KUBECONFIG, content, FileMode.PRIVATE)))
                .orElse(Collections.emptyList());
        return plan(environment, PROGRAM, "manifest", request(run), files);
    }

    /** The program's part of the request; its keys are described in the program. */
    private Map<String, Object> request(ManifestRun run) {
        OptionValues options = run.options();
        Map<String, Object> request = new LinkedHashMap<>();
        request.put(
                "documents",
                run.manifest().documents().stream()
                        .map(ManifestPlanner::described)
                        .collect(Collectors.toList()));
        request.put("namespace", run.namespace().orElse(null));
        request.put(
                "handedKubeconfig",
                run.kubeconfig().map(any -> control().privateFile(KUBECONFIG)).orElse(null));
        Optional<String> kubeconfig = options.find(KubeflowOptions.KUBECONFIG);
        Optional<String> secret = kubeconfig.flatMap(SecretReference::nameIn);
        request.put("kubeconfig", secret.isPresent() ? null : kubeconfig.orElse(null));
        secret.ifPresent(name ->
                request.put("kubeconfigSecret", SecretReference.documentInRequest("kubeflow.kubeconfig", name)));
        request.put("kubectl", options.get(KubeflowOptions.KUBECTL));
        request.put("context", options.find(KubeflowOptions.CONTEXT).orElse(null));
        request.put("runKey", node().runKey().orElse(null));
        request.put("success", rules(options, KubeflowOptions.SUCCESS));
        request.put("failure", rules(options, KubeflowOptions.FAILURE));
        request.put("sameName", options.get(KubeflowOptions.SAME_NAME));
        request.put("cleanup", options.get(KubeflowOptions.CLEAN_UP));
        request.put("ttl", options.find(KubeflowOptions.TTL).orElse(null));
        request.put("logs", options.get(KubeflowOptions.LOGS));
        request.put("logLines", options.get(KubeflowOptions.LOG_LINES));
        request.put("pollInterval", options.get(KubeflowOptions.POLL_INTERVAL));
        request.put("startTimeout", options.find(KubeflowOptions.START_TIMEOUT).orElse(null));
        request.put("unreachableTimeout", options.get(KubeflowOptions.UNREACHABLE_TIMEOUT));
        return request;
    }

    private static List<Map<String, Object>> rules(OptionValues options, Option<List<EndRule>> option) {
        return options.find(option).orElse(Collections.emptyList()).stream()
                .map(EndRule::described)
                .collect(Collectors.toList());
    }

    /** Returns a document in the form of the request. */
    private static Map<String, Object> described(ManifestDocument document) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("number", document.number());
        described.put("lines", document.lines());
        described.put("object", SecretData.inRequest(document));
        return described;
    }
}
