/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.mlflow.MlflowParameters;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelDeploymentReaderTest {

    @TempDir
    Path directory;

    /** What the form of 3.1 sends for MLflow Models, hidden fields included. */
    private TestNode node() {
        return TestNode.of("MLFLOW", directory)
                .field("algorithm", "svm")
                .field("mlflowTrackingUri", "http://127.0.0.1:5000")
                .field("mlflowJobType", "CustomProject")
                .field("automlTool", "flaml")
                .field("mlflowTaskType", "MLflow Models")
                .field("deployType", "MLFLOW")
                .field("deployPort", "7000")
                .field("deployModelKey", "models:/iris/3");
    }

    private static Node nodeOf(TestNode test) {
        TaskExecutionContext context = test.context();
        return new Node(MlParameters.read(context.getTaskParams(), new MlflowParameters()), context);
    }

    private static ModelDeployment read(TestNode test) {
        Node node = nodeOf(test);
        ModelDeployment deployment = new ModelDeploymentReader(node).read();
        node.problems().throwIfAny();
        return deployment;
    }

    private static String fault(TestNode test) {
        return assertThrows(InvalidTaskException.class, () -> read(test)).getMessage();
    }

    @Test
    void theFormOfTheStockPlugin() {
        ModelDeployment deployment = read(node());
        assertEquals("http://127.0.0.1:5000", deployment.trackingServer().inRequest());
        assertEquals("models:/iris/3", deployment.model().get().text());
        assertEquals(7000, deployment.port());
        assertEquals(DeployType.MLFLOW, deployment.options().get(DeploymentOptions.DEPLOY_TYPE));
        assertEquals("deploy", deployment.options().get(DeploymentOptions.ACTION));
        assertEquals("0.0.0.0", deployment.options().get(DeploymentOptions.HOST));
        assertFalse(deployment.options().find(DeploymentOptions.CPU_LIMIT).isPresent());
    }

    @Test
    void emptyAndNullFieldsMeanTheDefault() {
        ModelDeployment deployment = read(node().field("deployPort", "")
                .field("deployType", null)
                .field("cpuLimit", "")
                .field("memoryLimit", null));
        assertEquals(7000, deployment.port());
        assertEquals(DeployType.MLFLOW, deployment.options().get(DeploymentOptions.DEPLOY_TYPE));
    }

    @Test
    void theMetricsHaveAPortOfTheirOwn() {
        ModelDeployment deployment = read(node().in("mlflow.metricsPort", "9101"));
        assertEquals(9101, deployment.options().get(DeploymentOptions.METRICS_PORT));
        assertEquals("127.0.0.1", deployment.options().get(DeploymentOptions.METRICS_HOST));
        assertTrue(fault(node().in("mlflow.metricsPort", "7000"))
                .contains("mlflow.metricsPort: 7000 is the port of the model (deployPort); use another port"));
        assertTrue(fault(node().in("mlflow.metricsPort", "9101")
                        .in("mlflow.deployType", "DOCKER")
                        .in("mlflow.metricsHost", "worker"))
                .contains("mlflow.metricsHost: \"worker\" is a name, and Docker publishes on addresses"));
    }

    @Test
    void fieldsThatTheFormHasLostAreReadFromTheJson() {
        ModelDeployment deployment = read(node().field("deployType", "DOCKER COMPOSE")
                .field("cpuLimit", "0.5")
                .field("memoryLimit", "500M"));
        assertEquals(DeployType.DOCKER_COMPOSE, deployment.options().get(DeploymentOptions.DEPLOY_TYPE));
        assertEquals("0.5", deployment.options().get(DeploymentOptions.CPU_LIMIT));
        assertEquals("500M", deployment.options().get(DeploymentOptions.MEMORY_LIMIT));
    }

    @Test
    void theCustomParameterWinsOverTheFieldOfTheForm() {
        ModelDeployment deployment = read(node().in("mlflow.deployType", "docker compose"));
        assertEquals(DeployType.DOCKER_COMPOSE, deployment.options().get(DeploymentOptions.DEPLOY_TYPE));
    }

    @Test
    void aServiceOfACluster() {
        ModelDeployment deployment = read(node().in("mlflow.deployType", "kserve")
                .in("mlflow.deploymentName", "iris")
                .in("mlflow.storageMap", "mlflow-artifacts:/=s3://bucket/a=b, file:///mnt=pvc://models"));
        assertEquals(DeployType.KSERVE, deployment.options().get(DeploymentOptions.DEPLOY_TYPE));
        Map<String, String> map = deployment.options().get(ClusterOptions.STORAGE_MAP);
        assertEquals("s3://bucket/a=b", map.get("mlflow-artifacts:/"));
        assertEquals("pvc://models", map.get("file:///mnt"));
        assertEquals(
                DeployType.SELDON,
                read(node().in("mlflow.deployType", "SELDON")).options().get(DeploymentOptions.DEPLOY_TYPE));
    }

    @ParameterizedTest
    @CsvSource({
        "mlflow.deploymentName, Iris_1, cannot be the name of a service in a cluster",
        "mlflow.namespace, Team, use the name of a namespace",
        "mlflow.replicas, 0, mlflow.replicas",
        "mlflow.storageMap, s3://bucket, use begin=replacement",
        "mlflow.ingress, gateway:80, use an address as in http://gateway:8080",
        "mlflow.ingress, http://gateway/a b, use an address as in http://gateway:8080",
        "mlflow.serviceAccount, a;b, use the name of a service account",
        "mlflow.runtime, $(id), use the name of a serving runtime",
        "mlflow.serveMode, foreground, a service of a cluster does not run in the foreground",
    })
    void whatAServiceOfAClusterCannotBe(String option, String value, String sentence) {
        String message = fault(node().in("mlflow.deployType", "KSERVE").in(option, value));
        assertTrue(message.contains(option) && message.contains(sentence), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "models:/iris/3",
                "models:/iris/Production",
                "models:/iris@champion",
                "models:/iris/latest",
                "models:/m-0123456789abcdef0123456789abcdef",
                "models:/a b 中文/3",
                "runs:/0123456789abcdef/model",
                "runs:/0123456789abcdef/models/best",
                "/data/models/iris",
                "s3://bucket/models/iris",
                "models/iris"
            })
    void keysOfEveryForm(String key) {
        assertEquals(
                key, read(node().field("deployModelKey", key)).model().get().text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "models:/iris",
                "models:iris/3",
                "models://iris/3",
                "models:/iris/",
                "models:/iris@",
                "models:/iris/3/4",
                "runs:/model",
                "runs:/id/",
                "/"
            })
    void keysThatNameNoModel(String key) {
        assertTrue(
                fault(node().field("deployModelKey", key))
                        .contains("deployModelKey: \"" + key + "\" does not name a model; use models:/name/3"),
                key);
    }

    @Test
    void aPlaceholderWithoutAValueIsNotAPathOfAModel() {
        String fault = fault(node().field("deployModelKey", "${mlflow.model_uri}")
                .field("deployPort", "${port}")
                .in("mlflow.environment", "${env}"));
        assertEquals(3, fault.split("\n").length, fault);
        assertTrue(fault.contains("deployModelKey: the parameter mlflow.model_uri has no value here; "), fault);
        assertTrue(fault.contains("deployPort: the parameter port has no value here; "), fault);
        assertTrue(fault.contains("mlflow.environment: the parameter env has no value here; "), fault);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "0", "65536", "-1", "7000.5", "99999999999", "70 00"})
    void portsThatAreNone(String port) {
        assertTrue(fault(node().field("deployPort", port))
                .contains("deployPort: \"" + port + "\" is not a port; use a number from 1 to 65535."));
    }

    @ParameterizedTest
    @CsvSource({
        "mlflow.deployType, KUBERNETES, 'use one of MLFLOW, DOCKER, DOCKER COMPOSE, BENTOML, KSERVE, SELDON'",
        "mlflow.deployAction, undeploy, 'use one of deploy, rollback, status, stop, predict'",
        "mlflow.canary, 0%, 'use a share from 1% to 50%, as in 10%'",
        "mlflow.canary, 0.1, 'use a share from 1% to 50%, as in 10%'",
        "mlflow.canary, 51%, 'use a share from 1% to 50%, as in 10%'",
        "mlflow.canaryTolerance, -1%, 'use a share from 0% to 1000%, as in 25%'",
        "mlflow.canaryTime, 0, 'use a whole number from 1 to 86400'",
        "mlflow.cpuLimit, two, 'use a number of processors, as in 0.5 or 2'",
        "mlflow.cpuLimit, 0, 'use a number of processors, as in 0.5 or 2'",
        "mlflow.memoryLimit, 500x, 'use a size of at least 6m, as in 500m or 2g'",
        "mlflow.memoryLimit, 5m, 'use a size of at least 6m, as in 500m or 2g'",
        "mlflow.host, 'a b', 'use an IP address or host name of the worker, or 0.0.0.0 for all'",
        "mlflow.deploymentName, ../x, 'use up to 100 letters, digits, dots, dashes and underscores, a letter or digit first'",
        "mlflow.envManager, poetry, 'use one of local, virtualenv, conda, uv'",
        "mlflow.serveMode, daemon, 'use one of detached, foreground'",
        "mlflow.labels, team, 'use name=value, several separated by commas'",
        "mlflow.buildOptions, '--build-arg \"x', 'close the quote, and give each --build-arg a name of letters, digits and underscores'",
        "mlflow.buildOptions, '--build-arg=a-b=c', 'close the quote, and give each --build-arg a name of letters, digits and underscores'",
        "mlflow.buildOptions, '--build-arg', 'close the quote, and give each --build-arg a name of letters, digits and underscores'",
        "mlflow.runOptions, '--env \"x', 'close the quote'",
        "mlflow.baseImage, 'a image', 'use the name of an image, as in registry/name:tag'",
        "mlflow.baseImage, '-v', 'use the name of an image, as in registry/name:tag'",
        "mlflow.workers, 0, 'use a whole number from 1 to 1024'",
        "mlflow.batchSize, 0, 'use a whole number from 1 to 10000'",
        "mlflow.batchLatency, 1.5, 'use a whole number from 1 to 3600000'",
        "mlflow.bentoBuild, image, 'use true or false'"
    })
    void optionsThatAreWrong(String name, String value, String right) {
        assertTrue(fault(node().in(name, value)).contains(right + "."), () -> fault(node().in(name, value)));
    }

    @Test
    void allFaultsAreReportedAtOnce() {
        String fault = fault(node().field("mlflowTrackingUri", " ")
                .field("deployModelKey", "")
                .field("deployPort", "x")
                .in("mlflow.restartPolicy", "sometimes"));
        assertTrue(fault.contains("mlflowTrackingUri: it is empty;"), fault);
        assertTrue(fault.contains("deployModelKey: it is empty;"), fault);
        assertTrue(fault.contains("deployPort: \"x\" is not a port;"), fault);
        assertTrue(fault.contains("mlflow.restartPolicy: \"sometimes\" is not a value of this option;"), fault);
    }

    @Test
    void aDeploymentIsStoppedByItsNameAlone() {
        ModelDeployment deployment = read(node().field("deployModelKey", "")
                .in("mlflow.deployAction", "stop")
                .in("mlflow.deploymentName", "iris-live"));
        assertFalse(deployment.model().isPresent());
        assertTrue(fault(node().field("deployModelKey", "").in("mlflow.deployAction", "stop"))
                .contains("deployModelKey: it is empty;"));
    }

    @Test
    void aDeploymentIsRolledBackByItsNameAlone() {
        ModelDeployment deployment = read(node().field("deployModelKey", "")
                .in("mlflow.deployAction", "rollback")
                .in("mlflow.deploymentName", "iris-live"));
        assertFalse(deployment.model().isPresent());
    }

    @Test
    void aCanaryHasAShareAndNoComposeFileOfItsOwn() {
        assertEquals(0.125, read(node().in("mlflow.canary", "12.5%")).options().get(DeploymentOptions.CANARY));
        assertTrue(fault(node().field("deployType", "DOCKER COMPOSE")
                        .in("mlflow.composeFile", "own.yml")
                        .in("mlflow.canary", "10%"))
                .contains("mlflow.canary: with mlflow.composeFile the file says how the service is replaced;"));
    }

    @Test
    void noContainerRunsInTheForeground() {
        assertTrue(fault(node().field("deployType", "DOCKER").in("mlflow.serveMode", "foreground"))
                .contains("mlflow.serveMode: a container does not run in the foreground;"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "worker-1", "worker.example"})
    void containersArePublishedOnAddressesOnly(String host) {
        for (String type : new String[] {"DOCKER", "DOCKER COMPOSE"}) {
            assertTrue(fault(node().field("deployType", type).in("mlflow.host", host))
                    .contains("mlflow.host: \"" + host + "\" is a name, and Docker publishes on addresses;"
                            + " use an IP address of the worker, or 0.0.0.0 for all."));
            for (String address : new String[] {"127.0.0.1", "::", "fe80::1"}) {
                read(node().field("deployType", type).in("mlflow.host", address));
            }
        }
        read(node().in("mlflow.host", host));
    }

    @Test
    void anOptionOfAnotherDeployTypeIsWarnedOf() {
        Node node = nodeOf(node().in("mlflow.cpuLimit", "1"));
        new ModelDeploymentReader(node).read();
        assertEquals(
                Collections.singletonList(
                        "The custom parameter mlflow.cpuLimit is for deployType DOCKER, DOCKER COMPOSE,"
                                + " KSERVE and SELDON; it has no effect here."),
                node.problems().warnings());
    }

    @Test
    void optionsOfBentoMlAreForBentoMl() {
        Node other = nodeOf(node().in("mlflow.batchSize", "8"));
        new ModelDeploymentReader(other).read();
        assertEquals(
                Collections.singletonList(
                        "The custom parameter mlflow.batchSize is for deployType BENTOML; it has no effect here."),
                other.problems().warnings());
        Node node = nodeOf(node().in("mlflow.deployType", "BENTOML")
                .in("mlflow.batchSize", "8")
                .in("mlflow.envManager", "local")
                .in("mlflow.serveMode", "foreground")
                .in("mlflow.host", "worker-1"));
        ModelDeployment deployment = new ModelDeploymentReader(node).read();
        node.problems().throwIfAny();
        assertEquals(Collections.emptyList(), node.problems().warnings());
        assertEquals(DeployType.BENTOML, deployment.options().get(DeploymentOptions.DEPLOY_TYPE));
        assertEquals(8, deployment.options().get(BentoOptions.BATCH_SIZE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"virtualenv", "conda", "uv"})
    void bentoMlServesInTheNodesEnvironment(String manager) {
        assertTrue(fault(node().in("mlflow.deployType", "BENTOML").in("mlflow.envManager", manager))
                .contains("mlflow.envManager: \"" + manager + "\" is not for deployType BENTOML; use local, and name an"
                        + " environment with bentoml and the model's packages in mlflow.environment."));
        read(node().in("mlflow.deployType", "MLFLOW").in("mlflow.envManager", manager));
    }

    @Test
    void whatSaysNothingToAServiceIsWarnedOf() {
        Node own = nodeOf(node().in("mlflow.deployType", "BENTOML")
                .in("mlflow.bento", "service.py")
                .in("mlflow.batchSize", "8")
                .in("mlflow.batchLatency", "50")
                .in("mlflow.workers", "2"));
        new ModelDeploymentReader(own).read();
        assertEquals(
                Arrays.asList(
                        "mlflow.batchSize has no effect with mlflow.bento: your own service defines its batching.",
                        "mlflow.workers has no effect with mlflow.bento: your own service defines its workers."),
                own.problems().warnings());
        Node alone = nodeOf(node().in("mlflow.deployType", "BENTOML").in("mlflow.batchLatency", "50"));
        new ModelDeploymentReader(alone).read();
        assertEquals(
                Collections.singletonList("mlflow.batchLatency has no effect without mlflow.batchSize."),
                alone.problems().warnings());
    }

    @Test
    void theEnvironmentManagerIsNotForContainers() {
        Node node = nodeOf(node().field("deployType", "DOCKER").in("mlflow.envManager", "conda"));
        new ModelDeploymentReader(node).read();
        assertEquals(
                Collections.singletonList("The custom parameter mlflow.envManager is for deployType MLFLOW and BENTOML;"
                        + " it has no effect here."),
                node.problems().warnings());
    }

    @Test
    void aNodeDoesNotSetWhereDeploymentsAreRecorded() {
        assertTrue(fault(node().in("mlflow.stateDir", "/tmp/x"))
                .contains("mlflow.stateDir: a node cannot set this option;"));
    }

    @Test
    void listsAndOptionsOfContainers() {
        ModelDeployment deployment = read(node().field("deployType", "DOCKER")
                .in("mlflow.buildOptions", "--network host --build-arg 'A=1 2'")
                .in("mlflow.labels", "team=risk, stage = a=b"));
        assertEquals(
                Arrays.asList("--network", "host", "--build-arg", "A=1 2"),
                deployment.options().get(DeploymentOptions.BUILD_OPTIONS));
        assertEquals(
                "{team=risk, stage=a=b}",
                deployment.options().get(DeploymentOptions.LABELS).toString());
    }

    @Test
    void thePasswordOfTheTrackingServerIsSecret() {
        ModelDeployment deployment = read(node().field("mlflowTrackingUri", "https://ann:pa%24s:w@mlflow:443/x"));
        assertEquals(
                new LinkedHashSet<>(Arrays.asList("pa%24s:w", "pa$s:w")),
                deployment.trackingServer().secrets());
        assertEquals(Collections.emptySet(), read(node()).trackingServer().secrets());
    }
}
