/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.common.validate.FieldProblem;
import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.kubeflow.KubeflowParameters;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.dolphinscheduler.plugin.task.api.K8sTaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestRunReaderTest {

    private static final String MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

    @TempDir
    Path directory;

    private TestNode node() {
        return TestNode.of("KUBEFLOW", directory).field("yamlContent", MANIFEST);
    }

    private static ManifestRun read(TaskExecutionContext context) {
        Node node = new Node(MlParameters.read(context.getTaskParams(), new KubeflowParameters()), context);
        ManifestRun run = new ManifestRunReader(node).read();
        node.problems().throwIfAny();
        return run;
    }

    private List<String> faults(TestNode node) {
        try {
            read(node.context());
            return Collections.emptyList();
        } catch (InvalidTaskException invalid) {
            return invalid.problems().stream().map(FieldProblem::sentence).collect(Collectors.toList());
        }
    }

    @Test
    void theFormsNamespaceIsATextWithJson() {
        assertEquals(
                Optional.of("team"),
                read(node().field("namespace", "{\"name\":\"team\",\"cluster\":\"c\"}")
                                .context())
                        .namespace());
        assertEquals(
                Optional.of("team"),
                read(node().field("namespace", "team").context()).namespace());
        assertEquals(Optional.empty(), read(node().context()).namespace());
        assertEquals(
                Optional.of("team-a"),
                read(node().field("namespace", "{\"name\":\"team-${x}\"}")
                                .global("x", "a")
                                .context())
                        .namespace());
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "--all", "Team", "a b", "a\"},{\"name\":\"b", "../x", "-"})
    void aNamespaceIsNeverAnOptionOfKubectl(String hostile) {
        assertEquals(
                1,
                faults(node().field("namespace", "{\"name\":\"${x}\"}").global("x", hostile))
                        .size());
    }

    @Test
    void theHandedKubeconfigIsTakenOutOfTheContextAndItsTokenIsSecret() {
        TaskExecutionContext context = node().context();
        K8sTaskExecutionContext cluster = new K8sTaskExecutionContext();
        cluster.setConfigYaml("users: [{name: a, user: {token: t0ken}}]");
        context.setK8sTaskExecutionContext(cluster);
        ManifestRun run = read(context);
        assertEquals(Optional.of("users: [{name: a, user: {token: t0ken}}]"), run.kubeconfig());
        assertEquals(Collections.singleton("t0ken"), run.secrets());
        assertEquals(null, context.getK8sTaskExecutionContext());
    }

    @Test
    void rulesAreThoseOfKubectlWait() {
        ManifestRun run = read(node().in(
                        "kubeflow.success",
                        "condition=Ready; Cluster: jsonpath='{.status.phase}'=Up\nTopic:condition=Ready=Unknown;"
                                + " jsonpath={.status.done}")
                .in("kubeflow.failure", "applied")
                .context());
        assertEquals(
                "[{kind=null, type=condition, subject=Ready, value=True},"
                        + " {kind=Cluster, type=jsonpath, subject={.status.phase}, value=Up},"
                        + " {kind=Topic, type=condition, subject=Ready, value=Unknown},"
                        + " {kind=null, type=jsonpath, subject={.status.done}, value=null}]",
                described(run.options().get(KubeflowOptions.SUCCESS)).toString());
    }

    private static List<Map<String, Object>> described(List<EndRule> rules) {
        return rules.stream().map(EndRule::described).collect(Collectors.toList());
    }

    @Test
    void allFaultsComeAtOnce() {
        List<String> faults = faults(TestNode.of("KUBEFLOW", directory)
                .field("yamlContent", "kind: Job")
                .field("namespace", "{\"name\"")
                .in("kubeflow.success", "Ready")
                .in("kubeflow.cleanup", "later"));
        assertEquals(5, faults.size(), faults.toString());
    }
}
