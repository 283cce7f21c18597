/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static io.github.dolphinml.hardening.FuzzedField.choice;
import static io.github.dolphinml.hardening.FuzzedField.form;
import static io.github.dolphinml.hardening.FuzzedField.nothing;
import static io.github.dolphinml.hardening.FuzzedField.outputName;
import static io.github.dolphinml.hardening.FuzzedField.parameter;
import static io.github.dolphinml.hardening.FuzzedField.parameterName;
import static io.github.dolphinml.hardening.FuzzedField.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.kubeflow.KubeflowParameters;
import io.github.dolphinml.kubeflow.config.ManifestRun;
import io.github.dolphinml.kubeflow.config.ManifestRunReader;
import io.github.dolphinml.kubeflow.plan.ManifestPlanner;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A KUBEFLOW node. */
final class FuzzedManifest implements FuzzedTask {

    private static final String PART = "manifest";

    private static final String MANIFEST =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {value: \"none\"}\n";

    @Override
    public TestNode node(Path directory) {
        return TestNode.of("KUBEFLOW", directory)
                .field("yamlContent", MANIFEST)
                .field("namespace", "{\"name\":\"team\"}");
    }

    @Override
    public FuzzedField environment() {
        return parameter("kubeflow.environment");
    }

    @Override
    public List<FuzzedField> fields() {
        return Arrays.asList(
                form("yamlContent", nothing()).refusing(),
                FuzzedField.of(
                        "a value of yamlContent",
                        Arrays.asList("yamlContent", "payload"),
                        (node, value) -> node.field("yamlContent", MANIFEST.replace("none", "${payload}"))
                                .global("payload", value),
                        (request, value) ->
                                ((ObjectNode) request.at("/manifest/documents/0/object/data")).put("value", value)),
                FuzzedField.of(
                                "namespace",
                                Arrays.asList("namespace", "space"),
                                (node, value) -> node.field("namespace", "{\"name\":\"${space}\"}")
                                        .global("space", value),
                                nothing())
                        .wrapped(hostile -> hostile + " none")
                        .refusing(),
                choice("kubeflow.success"),
                choice("kubeflow.failure"),
                choice("kubeflow.sameName"),
                choice("kubeflow.cleanup"),
                choice("kubeflow.ttl"),
                choice("kubeflow.logs"),
                choice("kubeflow.logLines"),
                choice("kubeflow.pollInterval"),
                choice("kubeflow.unreachableTimeout"),
                parameter("kubeflow.kubectl", text(PART, "kubectl")),
                parameter("kubeflow.kubeconfig", text(PART, "kubeconfig")),
                parameter("kubeflow.context", text(PART, "context")),
                choice("output.limit"),
                choice("secrets.names"),
                parameter("plain"),
                parameterName(),
                outputName());
    }

    @Override
    public Node read(TaskExecutionContext context) {
        return new Node(MlParameters.read(context.getTaskParams(), new KubeflowParameters()), context);
    }

    @Override
    public ExecutionPlan plan(Node node, ControlDirectory control) {
        ManifestRun run = new ManifestRunReader(node).read();
        node.problems().throwIfAny();
        Set<String> secrets = node.secretValues();
        secrets.addAll(run.secrets());
        return new ManifestPlanner(node, control, secrets).plan(run);
    }
}
