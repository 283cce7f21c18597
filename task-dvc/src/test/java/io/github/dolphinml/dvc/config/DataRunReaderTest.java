/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.environment.EnvironmentChoice;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.dvc.DvcParameters;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataRunReaderTest {

    @TempDir
    Path directory;

    private TestNode node(String action) {
        return TestNode.of("DVC", directory)
                .field("dvcTaskType", action)
                .field("dvcRepository", "git@host:team/data.git")
                .field("dvcVersion", "v1")
                .field("dvcDataLocation", "data/iris.csv")
                .field("dvcLoadSaveDataPath", "/data/iris.csv")
                .field("dvcMessage", "first data")
                .field("dvcStoreUrl", "s3://bucket/data");
    }

    private DataRun read(TestNode test) {
        TaskExecutionContext context = test.context();
        Node node = new Node(MlParameters.read(context.getTaskParams(), new DvcParameters()), context);
        DataRun run = new DataRunReader(node).read();
        node.problems().throwIfAny();
        return run;
    }

    private String fault(TestNode test) {
        return assertThrows(InvalidTaskException.class, () -> read(test)).getMessage();
    }

    @ParameterizedTest
    @CsvSource({
        "Upload, UPLOAD",
        "Download, DOWNLOAD",
        "Init DVC, INIT",
        "init, INIT",
        "upload, UPLOAD",
        "INIT DVC, INIT",
        "Check, CHECK",
        "repro, REPRO"
    })
    void anActionIsReadByTheNameThatTheFormSends(String name, DataAction action) {
        assertEquals(action, read(node(name)).action());
    }

    @Test
    void aFormAsTheStockOneSendsIt() {
        DataRun run = read(node("Upload"));
        assertEquals("git@host:team/data.git", run.repository());
        assertEquals("v1", run.version().get());
        assertEquals("data/iris.csv", run.location());
        assertEquals("/data/iris.csv", run.path());
        assertEquals("first data", run.message().get());
        assertFalse(run.storeUrl().isPresent());
        assertFalse(run.options().get(DvcOptions.MOVE_TAG));
        assertTrue(run.secrets().isEmpty());
    }

    @Test
    void anInitializationNeedsOnlyRepositoryAndStore() {
        DataRun run = read(TestNode.of("DVC", directory)
                .field("dvcTaskType", "Init DVC")
                .field("dvcRepository", "/srv/data.git")
                .field("dvcStoreUrl", "/mnt/store"));
        assertEquals("/mnt/store", run.storeUrl().get());
        assertFalse(run.version().isPresent());
    }

    @Test
    void placeholdersAreResolvedAndTheirValuesAreData() {
        DataRun run = read(node("Download")
                .field("dvcVersion", "${version}")
                .field("dvcLoadSaveDataPath", "${path}")
                .global("version", "v-$(touch x)")
                .global("path", "my data;rm -rf.csv"));
        assertEquals("v-$(touch x)", run.version().get());
        assertEquals("my data;rm -rf.csv", run.path());
    }

    @Test
    void optionsAreFieldsOfTheJson() {
        DataRun run = read(node("Upload")
                .field("moveTag", true)
                .field("gitName", "Data Team")
                .field("branch", "raw"));
        assertTrue(run.options().get(DvcOptions.MOVE_TAG));
        assertEquals("Data Team", run.options().find(DvcOptions.GIT_NAME).get());
        assertEquals("raw", run.options().find(DvcOptions.BRANCH).get());
    }

    @Test
    void settingsOfTheStoreAreNamesAndValues() {
        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("endpointurl", "http://127.0.0.1:9000/?a=b");
        expected.put("region", "eu");
        String text = "endpointurl=http://127.0.0.1:9000/?a=b, region=eu";
        DataRun run = read(node("Init DVC").field("storeConfig", text));
        assertEquals(expected, run.options().get(DvcOptions.STORE_CONFIG));
        assertTrue(fault(node("Init DVC").field("storeConfig", "endpointurl"))
                .endsWith("use name=value, several separated by commas."));
    }

    @Test
    void aCheckNeedsALocationAndAReproductionNeither() {
        DataRun check = read(TestNode.of("DVC", directory)
                .field("dvcTaskType", "Check")
                .field("dvcRepository", "/srv/data.git")
                .field("dvcDataLocation", "data")
                .field("waitTimeout", 60));
        assertEquals(60, check.options().get(DvcOptions.WAIT_TIMEOUT));
        DataRun repro = read(TestNode.of("DVC", directory)
                .field("dvcTaskType", "Repro")
                .field("dvcRepository", "/srv/data.git")
                .field("dvcVersion", "result-1")
                .field("stages", "train, evaluate")
                .field("params", "{\"train.epochs\": 3}"));
        assertEquals(Arrays.asList("train", "evaluate"), repro.options().get(DvcOptions.STAGES));
        assertEquals(
                Collections.singletonMap("train.epochs", 3), repro.options().get(DvcOptions.PARAMS));
        assertTrue(fault(node("Repro").field("dvcVersion", "a b")).contains("is not a name that Git takes"));
        assertTrue(fault(node("Repro").field("params", "epochs=3")).startsWith("params: "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dvc[s3]", "dvc[s3,ssh]==3.67.1", "dvc>=3, <4", "dvc ~= 3.60", "dvc [s3]==3.*"})
    void anEnvironmentMayBeAPackage(String text) {
        EnvironmentChoice choice =
                read(node("Upload").field("environment", text)).environment().choice();
        assertEquals(EnvironmentChoice.Kind.REQUIREMENT, choice.kind());
        assertEquals(text, choice.text());
    }

    @Test
    void aFileOfRequirementsMayLookLikeAPackage() {
        EnvironmentChoice choice = read(node("Upload").field("environment", "dvc==3.TXT"))
                .environment()
                .choice();
        assertEquals(EnvironmentChoice.Kind.REQUIREMENTS, choice.kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"dvc", "dvc3.67", "/opt/dvc", "/opt/dvc[s3]"})
    void otherTextsAreNamesAndPathsOfEnvironments(String text) {
        assertEquals(
                EnvironmentChoice.Kind.EXISTING,
                read(node("Upload").field("environment", text))
                        .environment()
                        .choice()
                        .kind());
    }

    @Test
    void allFaultsAreSaidAtOnce() {
        String fault = fault(
                TestNode.of("DVC", directory).field("dvcTaskType", "Upload").field("dvcVersion", "a b"));
        assertTrue(fault.contains("dvcRepository: it is empty;"), fault);
        assertTrue(fault.contains("dvcDataLocation: it is empty;"), fault);
        assertTrue(fault.contains("dvcLoadSaveDataPath: it is empty;"), fault);
        assertTrue(fault.contains("dvcVersion: \"a b\" is not a name that Git takes;"), fault);
    }

    @Test
    void anUnknownActionListsTheKnownOnes() {
        assertEquals(
                "dvcTaskType: \"Delete\" is not an action of this task; use one of " + DataAction.names() + ".",
                fault(node("Delete")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-v1",
                "a b",
                "a..b",
                "a~1",
                "a^",
                "a:b",
                "a?",
                "a*",
                "a[",
                "a\\b",
                "a.lock",
                "a/",
                "/a",
                "a//b",
                ".a",
                "a.",
                "a@{1}",
                "@",
                "HEAD",
                "a/.b",
                "a\u0001b"
            })
    void aTagThatGitDoesNotTakeIsAFaultOfAnUpload(String name) {
        assertTrue(fault(node("Upload").field("dvcVersion", name)).startsWith("dvcVersion: "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "release/2026-11", "1.0", "中文", "v1+build", "a'b\"c", "$(id)"})
    void otherTagsAreTaken(String name) {
        assertEquals(
                name, read(node("Upload").field("dvcVersion", name)).version().get());
    }

    @Test
    void aDownloadTakesAnyRevisionButNoOption() {
        assertEquals(
                "HEAD~1",
                read(node("Download").field("dvcVersion", "HEAD~1")).version().get());
        assertFalse(read(node("Download").field("dvcVersion", "")).version().isPresent());
        assertTrue(
                fault(node("Download").field("dvcVersion", "--upload-pack=x")).contains("is not a version"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/data", "../data", "a/../b", ".git/config", "a/.git/b", ".dvc/x", "a\nb", "a//b", "a/./b"})
    void aLocationOutsideOfTheDataIsAFault(String location) {
        assertTrue(fault(node("Upload").field("dvcDataLocation", location)).contains("is not a path of data"));
    }

    @Test
    void slashesAroundALocationAreDropped() {
        assertEquals(
                "data/images",
                read(node("Upload").field("dvcDataLocation", "./data/images/")).location());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-oProxyCommand=x", "--upload-pack=touch x", "ext::sh -c touch% x", "a\nb"})
    void anAddressThatGitWouldTakeForAnOptionOrACommandIsAFault(String url) {
        assertTrue(
                fault(node("Upload").field("dvcRepository", url)).contains("is not the address of a Git repository"));
    }

    @Test
    void aPasswordInTheAddressIsASecretInBothSpellings() {
        DataRun run = read(node("Download").field("dvcRepository", "https://me:p%40ss+word@host/data.git"));
        assertEquals(new HashSet<>(Arrays.asList("p%40ss+word", "p@ss+word")), run.secrets());
    }

    @ParameterizedTest
    @ValueSource(strings = {"store", "../store", "s3:", "C:\\store"})
    void aStoreThatIsRelativeIsAFault(String url) {
        assertTrue(fault(node("Init DVC").field("dvcStoreUrl", url)).contains("is not the address of a store"));
    }

    @Test
    void aPasswordIsNotCommittedToTheRepository() {
        String fault = fault(node("Init DVC").field("dvcStoreUrl", "ssh://me:hush@host/store"));
        assertTrue(fault.startsWith("dvcStoreUrl: it contains a password"), fault);
        assertFalse(fault.contains("hush"), fault);
    }

    @Test
    void anOperatorsOptionIsNotAFieldOfANode() {
        assertFalse(read(node("Download").field("cacheDir", "/tmp/mine"))
                .options()
                .find(io.github.dolphinml.common.data.DataOptions.CACHE_DIRECTORY)
                .isPresent());
    }
}
