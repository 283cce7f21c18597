/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.environment.EnvironmentChoice;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.jupyter.JupyterParameters;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NotebookRunReaderTest {

    @TempDir
    Path directory;

    private TestNode node() {
        return TestNode.of("JUPYTER", directory)
                .field("condaEnvName", "train")
                .field("inputNotePath", "in.ipynb")
                .field("outputNotePath", "out.ipynb");
    }

    private static Node nodeOf(TestNode test) {
        TaskExecutionContext context = test.context();
        return new Node(MlParameters.read(context.getTaskParams(), new JupyterParameters()), context);
    }

    private static NotebookRun read(TestNode test) {
        Node node = nodeOf(test);
        NotebookRun run = new NotebookRunReader(node).read();
        node.problems().throwIfAny();
        return run;
    }

    private static String fault(TestNode test) {
        return assertThrows(InvalidTaskException.class, () -> read(test)).getMessage();
    }

    @Test
    void theNameOfASecretStandsForItsValue() {
        NotebookRun run = read(node().field(
                        "parameters",
                        "{\"db_password\": {\"secret\": \"${system}/password\"}, \"login\": {\"pin\": {\"secret\": \"env:PIN\"}},"
                                + " \"later\": ${reference}, \"plain\": {\"secret\": \"s3cret\", \"a\": 1}, \"text\": \"secret:a/b\","
                                + " \"value\": \"${value}\"}")
                .field("others", "-p api_token secret:api/token")
                .global("system", "warehouse")
                .global("value", "secret:c")
                .global("reference", "{\"secret\": \"other/key\"}"));
        assertEquals(
                "{\"db_password\":" + reference("warehouse/password") + ",\"login\":{\"pin\":" + reference("env:PIN")
                        + "},"
                        + "\"later\":" + reference("other/key")
                        + ",\"plain\":{\"secret\":\"s3cret\",\"a\":1},\"text\":" + reference("a/b")
                        + ",\"value\":\"secret:c\"}",
                run.parameters().toString());
        assertEquals(Arrays.asList("api_token", "db_password", "later", "text"), run.secretNames());
        // A name may be read.
        assertEquals(Collections.singletonList("s3cret"), run.secretValues());
    }

    private static String reference(String name) {
        return "{\"secretReference\":\"" + name + "\",\"field\":\"parameters\"}";
    }

    @Test
    void aFormWithTheRequiredFieldsOnly() {
        NotebookRun run = read(node());
        assertEquals(EnvironmentChoice.Kind.EXISTING, run.environment().choice().kind());
        assertEquals("in.ipynb", run.input());
        assertEquals("out.ipynb", run.output());
        assertEquals("{}", run.parameters().toString());
        assertFalse(run.kernel().isPresent());
        assertFalse(run.engine().isPresent());
        assertFalse(run.executionTimeout().isPresent());
        assertEquals(Collections.emptyList(), run.others());
        assertEquals("none", run.options().get(JupyterOptions.REPORT));
    }

    @Test
    void halfACharacterIsRefusedWhereverItStands() {
        assertTrue(fault(node().field("kernel", "py\ud83d"))
                .contains("kernel: its character 3 is an unpaired surrogate, \\ud83d; retype the text."));
        assertTrue(fault(node().field("parameters", "{\"a\": {\"b\": \"\\udc00\"}}"))
                .contains("parameters: its character 1 is an unpaired surrogate, \\udc00"));
        assertTrue(fault(node().field("kernel", "${k}").global("k", "\ud83d")).contains("k: its character 1"));
        assertEquals(
                "\ud83d\ude00",
                read(node().field("kernel", "\ud83d\ude00").global("k", "\ud83d"))
                        .kernel()
                        .get());
    }

    @Test
    void anOperatorsOptionOnANodeIsRefusedOnceAndTheRestIsReadAllTheSame() {
        assertEquals(
                "secrets.names: a node cannot set this option; only an operator can set it, with ml.secrets.names"
                        + " in common.properties.",
                fault(node().in("secrets.names", "nothing")));
    }

    @Test
    void emptyAndNullFieldsMeanTheDefault() {
        NotebookRun run = read(node().field("condaEnvName", "")
                .field("kernel", null)
                .field("engine", "")
                .field("parameters", "  ")
                .field("executionTimeout", "")
                .field("rawScript", "")
                .field("somethingNew", Collections.singletonMap("a", 1)));
        assertEquals(EnvironmentChoice.Kind.ON_PATH, run.environment().choice().kind());
        assertEquals("{}", run.parameters().toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1e-5}",
                "{\"a\":10,\"b\":\"10\"}",
                "{\"a\":\"007\"}",
                "{\"a\":\"true\",\"b\":true,\"c\":null}",
                "{\"a\":1.0}",
                "{\"a\":1.10}",
                "{\"a\":12345678901234567890}",
                "{\"a\":[1,\"x\",{\"b\":[]}]}",
                "{\"a\":\"中文 \\n \\\" ' $HOME $(id) `id` ;\"}"
            })
    void parametersKeepTheirTypes(String json) {
        String expected = json.replace("1e-5", "0.00001");
        assertEquals(
                expected, read(node().field("parameters", json)).parameters().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\": 1e400}", "{\"a\": [{\"b\": -1.5e309}]}", "{\"a\": ${c}}"})
    void aNumberThatNoDoubleHoldsIsRefused(String json) {
        assertEquals(
                "parameters: \"a\" has a number that is too large; use one between -1.7e308 and 1.7e308, or a string.",
                fault(node().global("c", "2e308").field("parameters", json)));
    }

    @Test
    void aFieldWithAnUnresolvedPlaceholderHasNoOtherFault() {
        String rest = " has no value here; define it in the workflow or in this node, or declare it as OUT in a task"
                + " that runs before this one (for DolphinScheduler 3.4 in both).";
        assertEquals(
                Arrays.asList(
                        "inputNotePath: the parameter mlflow.model_uri" + rest,
                        "condaEnvName: the parameter env" + rest,
                        "executionTimeout: the parameter limit" + rest),
                Arrays.asList(fault(node().field("condaEnvName", "x/${env}")
                                .field("inputNotePath", "${mlflow.model_uri}/")
                                .field("executionTimeout", "${limit}"))
                        .split("\n")));
        assertTrue(fault(node().field("parameters", "{\"a\": ${nobody}}"))
                .contains("parameters: the parameter nobody" + rest));
    }

    @Test
    void aPlaceholderThatMayBeMeantForAnotherProgramGivesAWarning() {
        Node node = nodeOf(node().field("parameters", "{\"a\": \"${no}\"}").field("others", "-p b '${none}'"));
        NotebookRun run = new NotebookRunReader(node).read();
        assertFalse(node.problems().any());
        assertEquals(Arrays.asList("-p", "b", "${none}"), run.others());
        assertEquals(
                Arrays.asList(
                        "parameters: the parameter no has no value here; its placeholder stays in the text as it is.",
                        "others: the parameter none has no value here; its placeholder stays in the text as it is."),
                node.problems().warnings());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-", " - ", "  "})
    void theWordsForThePythonOfTheWorker(String name) {
        NotebookRun run = read(node().field("condaEnvName", name));
        assertEquals(EnvironmentChoice.Kind.ON_PATH, run.environment().choice().kind());
    }

    @Test
    void placeholdersInStringsAreReplacedInTheString() {
        TestNode test =
                node().global("who", "it's \"me\"").field("parameters", "{\"a\": \"<${who}>\", \"b\": \"${no}\"}");
        assertEquals(
                "{\"a\":\"<it's \\\"me\\\">\",\"b\":\"${no}\"}",
                read(test).parameters().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0.5|0.5",
                "007|\"007\"",
                "true|true",
                "rbf|\"rbf\"",
                "[1, 2]|[1,2]",
                "1}|\"1}\"",
                "\"x\", \"b\": 1|\"\\\"x\\\", \\\"b\\\": 1\"",
                "${who}|\"${who}\""
            })
    void placeholdersOutsideOfStringsAreValues(String value, String json) {
        TestNode test = node().global("c", value).global("who", "never").field("parameters", "{\"a\": ${c}}");
        assertEquals("{\"a\":" + json + "}", read(test).parameters().toString());
    }

    @Test
    void allFaultsAreSaidAtOnce() {
        String fault = fault(TestNode.of("JUPYTER", directory)
                .field("condaEnvName", "envs/a.zip")
                .field("outputNotePath", "out/")
                .field("parameters", "{\"a\": tru}")
                .field("executionTimeout", "ten")
                .field("others", "--cwd 'x")
                .in("jupyter.report", "pdf"));
        assertTrue(fault.contains("condaEnvName: \"envs/a.zip\" is not an environment;"), fault);
        assertTrue(fault.contains("inputNotePath: it is empty;"), fault);
        assertTrue(fault.contains("outputNotePath: \"out/\" is a folder;"), fault);
        assertTrue(fault.contains("parameters: it is not valid JSON (Unrecognized token 'tru'"), fault);
        assertTrue(fault.contains("executionTimeout: \"ten\" is not a number of seconds;"), fault);
        assertTrue(fault.contains("others: a single quote is not closed;"), fault);
        assertTrue(fault.contains("jupyter.report: \"pdf\" is not a value of this option;"), fault);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1]", "\"a\"", "1", "{\"a\":1} {}", "{\"a\":1,\"a\":2}", "{'a': 1}", "{\"a\": NaN}"})
    void whatIsNotAJsonObjectIsRefused(String text) {
        assertTrue(fault(node().field("parameters", text)).startsWith("parameters: "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\": NaN}|Non-standard token 'NaN'",
                "{\"a\": 1 /* one */}|Unexpected character ('/' (code 47))"
            })
    void noMessageAdvisesToConfigureJackson(String text, String reason) {
        String fault = fault(node().field("parameters", text));
        assertTrue(fault.startsWith("parameters: it is not valid JSON (" + reason + ", line 1, column "), fault);
    }

    @Test
    void anUnknownPlaceholderOutsideOfAStringIsRefused() {
        assertTrue(fault(node().field("parameters", "{\"a\": ${nobody}}"))
                .contains("the parameter nobody has no value here"));
    }

    @Test
    void othersAreWordsAndNothingIsExpanded() {
        assertEquals(
                Arrays.asList("--log-output", "--cwd", "a b", "$(id)"),
                read(node().field("others", "--log-output --cwd 'a b' $(id)")).others());
    }

    @Test
    void secretParametersByNameAndByList() {
        NotebookRun run = read(node().field(
                        "parameters",
                        "{\"db_password\":\"hunter22\",\"plain\":\"x\",\"pin\":1234,\"aws\":{\"token\":\"deep\"}}")
                .in("jupyter.secretParameters", "pin"));
        assertEquals(Arrays.asList("db_password", "pin"), run.secretNames());
        assertEquals(Arrays.asList("hunter22", "1234", "deep"), run.secretValues());
    }

    @Test
    void namesOfSecretsAmongTheOthersHoweverTheyAreWritten() {
        String base64 =
                Base64.getEncoder().encodeToString("deep: {er: [1, secret:g]}".getBytes(StandardCharsets.UTF_8));
        NotebookRun run = read(node().field(
                        "others",
                        "-p a secret:a -pb secret:b --parameters_raw=c secret:c -y 'd: secret:d # no' '-ye: \"secret:e\"'"
                                + " --parameters_yaml='note: see secret:none\ntext: |\n  x: secret:none' -b " + base64
                                + " -f one.yaml -ftwo.yaml --kernel secret:none -y '{broken'"));
        assertEquals(Arrays.asList("a", "b", "c", "d", "e", "g"), run.secretsInOthers());
        assertEquals(Arrays.asList("one.yaml", "two.yaml"), run.parameterFiles());
    }

    @Test
    void secretParametersAmongTheOthers() {
        NotebookRun run = read(node().field("others", "-p db_password hunter22 -r plain x --parameters pin 1234 -p")
                .in("jupyter.secretParameters", "pin"));
        assertEquals(Arrays.asList("db_password", "pin"), run.secretNames());
        assertEquals(Arrays.asList("hunter22", "1234"), run.secretValues());
    }

    @Test
    void aPasswordInAnAddressIsASecret() {
        NotebookRun run = read(node().field("inputNotePath", "https://bob:hunter22@host/in.ipynb")
                .field("outputNotePath", "s3://bucket/out.ipynb"));
        assertEquals(Collections.singletonList("hunter22"), run.secretValues());
        assertEquals("https://bob:hunter22@host/in.ipynb", run.input());
    }

    @ParameterizedTest
    @CsvSource({"30,30", "0,-1", "-1,-1"})
    void timeouts(String text, int seconds) {
        NotebookRun run = read(node().field("executionTimeout", text).field("startTimeout", 60));
        assertEquals(seconds, run.executionTimeout().orElse(-1));
        assertEquals(60, run.startTimeout().orElse(-1));
    }

    @Test
    void anOperatorsOptionOnTheNodeIsRefused() {
        assertEquals(65536, read(node()).outputLimit());
        for (String name : new String[] {"output.limit", "ml.output.limit", "ml.environment.cacheDir"}) {
            String fault = fault(node().in(name, "1GB"));
            assertTrue(fault.contains("a node cannot set this option; only an operator can set it"), fault);
        }
    }

    @Test
    void versionsOfDataAreParametersWithTheirPaths() {
        NotebookRun run = read(node().field("parameters", "{\"C\": 1}")
                .in("jupyter.data", "train=git@host:data.git#data/iris.csv@${version}, rest=/srv/data.git#raw")
                .global("version", "v3"));
        String train = run.parameters().get("train").asText();
        assertTrue(train.startsWith(directory + "/") && train.endsWith("/data/train/iris.csv"), train);
        assertEquals(
                run.data().paths().get("rest"), run.parameters().get("rest").asText());
        assertEquals("v3", run.data().inputs().get(0).version().get());
    }

    @Test
    void aParameterAndAVersionOfDataCannotHaveOneName() {
        String data = "train=git@host:data.git#data/iris.csv";
        assertTrue(fault(node().in("jupyter.data", data).field("parameters", "{\"train\": 1}"))
                .contains("jupyter.data: parameters has the parameter train, too; use another name for one of them"));
        assertTrue(fault(node().in("jupyter.data", data).field("others", "--parameters train x"))
                .contains("jupyter.data: others has the parameter train, too"));
    }

    @Test
    void passwordsForVersionsOfDataAreSecret() {
        NotebookRun run = read(node().in("jupyter.data", "train=https://ci:hunter22@host/data.git#data/iris.csv")
                .in("dvc.gitPassword", "s3cret-of-git"));
        assertEquals(
                new HashSet<>(Arrays.asList("hunter22", "s3cret-of-git")),
                run.data().secrets());
        run = read(node().in("jupyter.data", "train=/srv/data.git#data/iris.csv")
                .in("dvc.gitPassword", "secret:git/token"));
        assertEquals(Collections.emptySet(), run.data().secrets());
    }

    @Test
    void aFaultOfAVersionOfDataShowsNoPassword() {
        String fault = fault(node().in("jupyter.data", "train=https://ci:hunter22@host/data.git"));
        assertTrue(fault.contains("\"train=https://ci:******@host/data.git\" is not a value of this option"), fault);
        assertFalse(fault.contains("hunter22"), fault);
    }

    @Test
    void anEnvironmentOfAnotherFieldIsNotThatOfDvc() {
        NotebookRun run = read(node().in("jupyter.data", "train=/srv/data.git#data/iris.csv")
                .field("link", "not a value of dvc.link"));
        assertEquals(1, run.data().inputs().size());
    }
}
