/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.environment.EnvironmentChoice;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.mlflow.MlflowParameters;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProjectRunReaderTest {

    @TempDir
    Path directory;

    private Node node;

    private TestNode node() {
        return TestNode.of("MLFLOW", directory)
                .field("mlflowTaskType", "MLflow Projects")
                .field("mlflowTrackingUri", "http://mlflow:5000");
    }

    private TestNode custom() {
        return node().field("mlflowJobType", "CustomProject").field("mlflowProjectRepository", "https://git/x#sub");
    }

    private TestNode basic() {
        return node().field("mlflowJobType", "BasicAlgorithm").field("dataPath", "iris.csv");
    }

    private ProjectRun read(TestNode test) {
        TaskExecutionContext context = test.context();
        node = new Node(MlParameters.read(context.getTaskParams(), new MlflowParameters()), context);
        ProjectRun run = new ProjectRunReader(node).read();
        node.problems().throwIfAny();
        return run;
    }

    private String fault(TestNode test) {
        return assertThrows(InvalidTaskException.class, () -> read(test)).getMessage();
    }

    private List<String> words(TestNode test) {
        return read(test).command().get().words();
    }

    @Test
    void aFormWithTheRequiredFieldsOnly() {
        ProjectRun run = read(custom());
        assertEquals(EnvironmentChoice.Kind.ON_PATH, run.environment().choice().kind());
        assertEquals("http://mlflow:5000", run.trackingServer().inRequest());
        assertFalse(run.experiment().isPresent());
        assertFalse(run.preset().isPresent());
        assertEquals("https://git/x#sub", run.command().get().repository());
        assertEquals(Collections.emptyList(), run.command().get().words());
        assertFalse(run.command().get().version().isPresent());
    }

    /** What the form sends for fields that it does not show. */
    @Test
    void hiddenFieldsAndNullsMeanNothing() {
        ProjectRun run = read(node().field("mlflowProjectRepository", "proj")
                .field("mlflowJobType", null)
                .field("deployType", "MLFLOW")
                .field("deployPort", "7000")
                .field("deployModelKey", "")
                .field("algorithm", "svm")
                .field("automlTool", "flaml")
                .field("registerModel", null)
                .field("params", null)
                .field("experimentName", "")
                .field("rawScript", ""));
        assertEquals("proj", run.command().get().repository());
    }

    @Test
    void parametersAreWordsAndNothingIsExpanded() {
        assertEquals(
                Arrays.asList("-P", "alpha=0.5", "-e", "entry", "-P", "note=it's $(id) `id` ;*"),
                words(custom().field("params", "-P alpha=0.5 -e entry -P \"note=it's $(id) \\`id\\` ;*\"")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-P note=${x}|it's \"two\" words -P b=1",
                "-P 'note=${x}'|it's",
                "-P note=${x}|$(id) ${x}",
                "-P note=${x}|''"
            })
    void aPlaceholdersValueStaysInItsWord(String params, String value) {
        assertEquals(
                Arrays.asList("-P", "note=" + value),
                words(custom().global("x", value).field("params", params)));
    }

    @Test
    void aPlaceholderMayStandForSeveralOptions() {
        assertEquals(
                Arrays.asList("-P", "a=1", "-P", "b=two words"),
                words(custom().global("options", "-P a=1 -P 'b=two words'").field("params", "${options}")));
        assertEquals(
                Arrays.asList("-P", "a=1 -P b=2"),
                words(custom().global("pair", "a=1 -P b=2").field("params", "-P ${pair}")));
    }

    @Test
    void timesMayHaveBlanksInThem() {
        assertEquals(
                Arrays.asList("-P", "at=2026-01-02 03"),
                words(custom().global("system.datetime", "20260102030405").field("params", "-P at=$[yyyy-MM-dd HH]")));
    }

    @ParameterizedTest
    @CsvSource({
        "https://git/x,v1",
        "git://git/x#deep,v1",
        "git@github.com:team/x.git,v1",
        "ssh://git@github.com/x,v1",
        "/srv/git/proj.git#deep,v1",
        "file:///srv/git/proj.git,v1",
        "/data/proj,v1",
        "proj#deep,v1",
        "file:///data/proj,v1",
        "file:///data/proj.zip#deep,",
        "https://files/proj.zip,"
    })
    void theVersionIsForWhatMayBeGit(String repository, String version) {
        TestNode test = custom().field("mlflowProjectRepository", repository).field("mlflowProjectVersion", "v1");
        assertEquals(Optional.ofNullable(version), read(test).command().get().version());
        assertEquals(version == null ? 1 : 0, node.problems().warnings().size());
    }

    @Test
    void aPreset() {
        PresetTraining training = read(basic().field("algorithm", "SVM")
                        .field("params", "C=${c};kernel='rbf'")
                        .global("c", "0.5")
                        .field("searchParams", "C=[1,2]")
                        .field("isSearchParams", true)
                        .field("registerModel", true)
                        .field("modelName", "iris"))
                .preset()
                .get();
        assertEquals(ProjectJob.BASIC, training.job());
        assertEquals("svm", training.method());
        assertEquals("iris.csv", training.dataPath());
        assertEquals("C=0.5;kernel='rbf'", training.params());
        assertEquals("C=[1,2]", training.searchParams());
        assertEquals(Optional.of(true), training.searches());
        assertEquals(Optional.of("iris"), training.modelName());
    }

    @Test
    void aPresetsDefaultsAreThoseOfTheStockPlugin() {
        assertEquals("lightgbm", read(basic()).preset().get().method());
        PresetTraining automl = read(basic().field("mlflowJobType", "AutoML").field("modelName", "left over"))
                .preset()
                .get();
        assertEquals("flaml", automl.method());
        assertFalse(automl.modelName().isPresent());
    }

    @Test
    void allFaultsAreSaidAtOnce() {
        String fault = fault(node().field("mlflowTrackingUri", "")
                .field("mlflowJobType", "BasicAlgorithm")
                .field("algorithm", "forest")
                .field("experimentName", "a\nb")
                .field("registerModel", "maybe")
                .in("mlflow.environment", "envs/a.zip"));
        assertTrue(fault.contains("mlflowTrackingUri: it is empty;"), fault);
        assertTrue(fault.contains("algorithm: \"forest\" is not known; use one of lr, svm, lightgbm, xgboost"), fault);
        assertTrue(fault.contains("dataPath: it is empty; give a .csv file or a folder"), fault);
        assertTrue(fault.contains("experimentName: it holds a control character;"), fault);
        assertTrue(fault.contains("registerModel: \"maybe\" is neither; use true or false"), fault);
        assertTrue(fault.contains("mlflow.environment: \"envs/a.zip\" is not an environment;"), fault);
    }

    @Test
    void faultsOfSingleFields() {
        assertTrue(fault(node()).contains("mlflowProjectRepository: it is empty;"));
        assertTrue(fault(custom().field("params", "-P 'a=1")).contains("params: a single quote is not closed;"));
        assertTrue(fault(custom().field("mlflowJobType", "Spark"))
                .contains(
                        "mlflowJobType: \"Spark\" is not a type of project; use one of CustomProject, BasicAlgorithm"));
        assertTrue(fault(basic().field("registerModel", true)).contains("modelName: it is empty; give a name, or"));
        assertTrue(fault(custom().in("mlflow.preset_repository", "/x")).contains("a node cannot set this option"));
    }

    @Test
    void theNameOfASecretStandsForItsValue() {
        List<Object> words = read(custom().field(
                                "params",
                                "-P db_password=secret:warehouse/password --param-list=pin=secret:env:PIN -Pa=secret:b/c -P text='a secret:d'"))
                .command()
                .get()
                .wordsInRequest();
        assertEquals(
                Arrays.asList(
                        "-P",
                        SecretReference.inRequest("params", "db_password=", "warehouse/password"),
                        SecretReference.inRequest("params", "--param-list=pin=", "env:PIN"),
                        SecretReference.inRequest("params", "-Pa=", "b/c"),
                        "-P",
                        "text=a secret:d"),
                words);
    }

    @Test
    void secretsAreKnownBeforeAnythingIsLogged() {
        Set<String> secrets = read(custom().field("mlflowTrackingUri", "http://ann:hush-hush@mlflow:5000")
                        .field("mlflowProjectRepository", "https://bob:t0ken@git/x")
                        .field("params", "-P db_password=hunter22 -P alpha=0.5"))
                .secrets();
        assertTrue(secrets.containsAll(Arrays.asList("hush-hush", "t0ken", "hunter22")), secrets.toString());
        assertFalse(secrets.contains("0.5"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"accuracy, f1 ", "accuracy,f1"})
    void metricsToHandOn(String list) {
        assertEquals(
                Arrays.asList("accuracy", "f1"),
                read(custom().in("mlflow.outputs", list)).options().get(ProjectOptions.OUTPUTS));
    }

    @Test
    void versionsOfDataAreParametersOfTheProject() {
        ProjectRun run = read(custom().in("mlflow.data", "train=/srv/data.git#data/iris.csv@v3"));
        assertEquals(
                Arrays.asList("-P", "train=" + node.workingDirectory() + "/data/train/iris.csv"),
                run.command().get().words());
        assertTrue(fault(custom().in("mlflow.data", "train=/srv/data.git#data/iris.csv")
                        .field("params", "-P train=x"))
                .contains("mlflow.data: params has the parameter train, too; use another name for one of them"));
    }
}
