/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The task types but JUPYTER, which is in LineTest, on each line, as far as they go without a server of theirs. */
@Timeout(900)
class TaskTypesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    static List<Line> supported() {
        return Line.supported();
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void theServersReadTheParametersOfAllTypes(Line line) {
        LineServer server = line.server();
        server.load();
        assertTrue(server.accepts("MLFLOW", deployment("").toString()));
        assertFalse(server.accepts("MLFLOW", "no JSON"));
        assertTrue(
                server.accepts("OPENMLDB", statements("127.0.0.1:1", "SELECT 1").toString()));
        assertFalse(server.accepts("OPENMLDB", statements("127.0.0.1:1", "").toString()));
        assertTrue(server.accepts("KUBEFLOW", "{\"yamlContent\": \"kind: Job\"}"));
        assertFalse(server.accepts("KUBEFLOW", "{\"yamlContent\": \"\"}"));
        assertTrue(server.accepts("DVC", download().toString()));
        assertFalse(server.accepts("DVC", "{\"dvcTaskType\": \"Download\"}"));
        for (String type : List.of("MLFLOW", "OPENMLDB", "KUBEFLOW", "DVC")) {
            assertEquals(1, server.resources(type, "{\"resourceList\":[{\"resourceName\":\"/a/b.sql\"}]}"), type);
        }
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aModelsTaskRunsItsProgramInTheLinesShell(Line line) throws Exception {
        RunningTask task =
                start(line, "MLFLOW", option(deployment("stop"), "mlflow.deploymentName", "none-of-the-tests"));
        assertEquals("SUCCESS", task.await(), task.log());
        assertTrue(task.log().contains("there is no deployment 'none-of-the-tests'"), task.log());
        assertFalse(task.log().contains("[WARN]"), task.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aProjectThatCannotRunIsAFailureWithAllReasons(Line line) throws Exception {
        ObjectNode node = JSON.createObjectNode()
                .put("mlflowTaskType", "MLflow Projects")
                .put("mlflowJobType", "BasicAlgorithm")
                .put("mlflowTrackingUri", "http://127.0.0.1:1")
                .put("algorithm", "forest")
                .put("dataPath", "");
        RunningTask task = start(line, "MLFLOW", node);
        assertEquals("FAILURE", task.await(), task.log());
        assertTrue(task.log().contains("algorithm: ") && task.log().contains("dataPath: "), task.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void statementsGoToTheApiServerAndTheirResultIsHandedOn(Line line) throws Exception {
        Path script = Files.writeString(
                directory.resolve("cluster.json"),
                "{\"statements\": {\"SELECT 1 AS a\": {\"columns\": [\"a\"], \"types\": [\"Int32\"], \"rows\": [[1]]}}}");
        Process cluster = new ProcessBuilder(
                        "python3",
                        "http_server.py",
                        script.toString(),
                        directory.resolve("calls").toString())
                .directory(Paths.get(System.getProperty("shipped.root"), "task-openmldb/src/test/python/double")
                        .toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader printed =
                new BufferedReader(new InputStreamReader(cluster.getInputStream(), StandardCharsets.UTF_8))) {
            ObjectNode node = statements("127.0.0.1:" + printed.readLine().trim(), "SELECT 1 AS a");
            node.withArray("localParams")
                    .addObject()
                    .put("prop", "a")
                    .put("direct", "OUT")
                    .put("type", "INTEGER")
                    .put("value", "");
            RunningTask task = start(line, "OPENMLDB", node);
            assertEquals("SUCCESS", task.await(), task.log());
            assertEquals("1", task.outputs().get("a"), task.log());
        } finally {
            cluster.destroy();
        }
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aManifestsTaskSaysThatThereIsNoKubectl(Line line) throws Exception {
        ObjectNode node = JSON.createObjectNode()
                .put("yamlContent", "apiVersion: batch/v1\nkind: Job\nmetadata: {name: train}\n")
                .put("namespace", "{\"name\":\"team\",\"cluster\":\"c\"}");
        RunningTask task = start(line, "KUBEFLOW", option(node, "kubeflow.kubectl", "/no/such/kubectl"));
        assertEquals("FAILURE", task.await(), task.log());
        assertTrue(task.log().contains("kubeflow.kubectl: there is no /no/such/kubectl"), task.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aHandedKubeconfigIsForTheTasksUserOnlyAndIsGoneAtTheEnd(Line line) throws Exception {
        RunningTask task = startWithKubeconfig(
                line, "echo 'error: You must be logged in to the server (Unauthorized)' >&2\nexit 1\n");
        assertEquals("FAILURE", task.await(), task.log());
        assertTrue(task.log().contains("does not accept the login"), task.log());
        assertKubeconfigWasPrivateAndIsGone(task);
    }

    /** The program, which is the parent of its kubectl, ends without a chance to clean up. */
    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aHandedKubeconfigIsGoneAfterTheProgramHasBeenKilledOutright(Line line) throws Exception {
        RunningTask task = startWithKubeconfig(line, "kill -9 $PPID\n");
        assertEquals("FAILURE", task.await(), task.log());
        assertKubeconfigWasPrivateAndIsGone(task);
    }

    /** The kubectl here notes the kubeconfig that it is given, with its mode, and does the rest of the script. */
    private RunningTask startWithKubeconfig(Line line, String script) throws Exception {
        Path noted = directory.resolve("noted");
        Path kubectl = Files.writeString(
                directory.resolve("kubectl"),
                "#!/bin/sh\nstat -c %a \"$KUBECONFIG\" >>'" + noted + "'; cat \"$KUBECONFIG\" >>'" + noted + "'\n"
                        + script);
        kubectl.toFile().setExecutable(true);
        ObjectNode node = JSON.createObjectNode()
                .put("yamlContent", "apiVersion: batch/v1\nkind: Job\nmetadata: {name: train}\n");
        LineServer server = line.server();
        server.load();
        return server.start(new TaskOrder(
                        "KUBEFLOW",
                        option(node, "kubeflow.kubectl", kubectl.toString()).toString(),
                        directory.toString())
                .kubeconfig("users: [{name: a, user: {token: not-for-all}}]"));
    }

    private void assertKubeconfigWasPrivateAndIsGone(RunningTask task) throws Exception {
        Path noted = directory.resolve("noted");
        assertEquals("600\nusers: [{name: a, user: {token: not-for-all}}]", Files.readString(noted));
        assertFalse(task.log().contains("not-for-all"), task.log());
        Files.delete(noted);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).collect(Collectors.toList())) {
                assertFalse(Files.readString(file).contains("not-for-all"), file.toString());
            }
        }
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aDownloadRunsItsProgramInTheLinesShell(Line line) throws Exception {
        RunningTask task = start(line, "DVC", download());
        assertEquals("FAILURE", task.await(), task.log());
        assertTrue(
                task.log().contains("dvcRepository: file://" + directory + "/it's none.git cannot be read: "),
                task.log());
        assertFalse(task.log().contains("Traceback"), task.log());
    }

    private RunningTask start(Line line, String type, ObjectNode node) {
        LineServer server = line.server();
        server.load();
        return server.start(new TaskOrder(type, node.toString(), directory.toString()));
    }

    private ObjectNode download() {
        return JSON.createObjectNode()
                .put("dvcTaskType", "Download")
                .put("dvcRepository", "file://" + directory + "/it's none.git")
                .put("dvcVersion", "v1")
                .put("dvcDataLocation", "data/iris.csv")
                .put("dvcLoadSaveDataPath", "iris.csv");
    }

    private static ObjectNode deployment(String action) {
        ObjectNode node = JSON.createObjectNode()
                .put("mlflowTaskType", "MLflow Models")
                .put("mlflowTrackingUri", "http://127.0.0.1:1")
                .put("deployType", "MLFLOW")
                .put("deployModelKey", "models:/none/1")
                .put("deployPort", "7000");
        return action.isEmpty() ? node : option(node, "mlflow.deployAction", action);
    }

    private static ObjectNode statements(String server, String sql) {
        ObjectNode node = JSON.createObjectNode()
                .put("zk", "127.0.0.1:1")
                .put("zkPath", "/openmldb")
                .put("executeMode", "online")
                .put("sql", sql);
        return option(node, "openmldb.apiServer", server);
    }

    private static ObjectNode option(ObjectNode node, String name, String value) {
        node.withArray("localParams")
                .addObject()
                .put("prop", name)
                .put("direct", "IN")
                .put("type", "VARCHAR")
                .put("value", value);
        return node;
    }
}
