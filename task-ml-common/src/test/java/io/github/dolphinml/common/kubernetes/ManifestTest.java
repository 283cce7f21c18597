/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.dolphinml.common.validate.FieldProblem;
import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.common.validate.Problems;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {

    private static final String HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

    private final Problems problems = new Problems();
    private final Map<String, String> parameters = new HashMap<>();

    private Manifest read(String text) {
        return Manifest.read(
                "yamlContent",
                text,
                placeholder -> parameters.getOrDefault(placeholder.substring(2, placeholder.length() - 1), placeholder),
                problems);
    }

    private JsonNode value(String yaml) {
        Manifest manifest = read(HEAD + "spec: {x: " + yaml + "}\n");
        problems.throwIfAny();
        return manifest.documents().get(0).object().path("spec").path("x");
    }

    private List<String> faults() {
        try {
            problems.throwIfAny();
            return Collections.emptyList();
        } catch (InvalidTaskException invalid) {
            return invalid.problems().stream().map(FieldProblem::sentence).collect(Collectors.toList());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "3                | 3",
                "0644             | 420",
                "0x1f             | 31",
                "-7               | -7",
                "1.50             | 1.50",
                "1e3              | 1E+3",
                "true             | true",
                "yes              | true",
                "off              | false",
                "y                | \"y\"",
                "12:30            | \"12:30\"",
                "2026-01-02       | \"2026-01-02\"",
                "'3'              | \"3\"",
                "!!str 3          | \"3\"",
                "~                | null",
                "1.2.3            | \"1.2.3\"",
                "100m             | \"100m\"",
                "[a, {b: 1}]      | [\"a\",{\"b\":1}]",
                "9007199254740993 | 9007199254740993",
            })
    void scalarsAreWhatKubectlMakesOfThem(String yaml, String json) {
        assertEquals(json, value(yaml).toString());
    }

    @Test
    void aPlaceholderAloneHasTheTypeOfItsValueAndInQuotesItIsAText() {
        parameters.put("n", "3");
        parameters.put("empty", "");
        parameters.put("list", "[1, 2]");
        assertEquals("3", value("${n}").toString());
        assertEquals("\"3\"", value("\"${n}\"").toString());
        assertEquals("\"v3\"", value("v${n}").toString());
        assertEquals("[\"--n\",3]", value("[--n, ${n}]").toString());
        assertEquals("null", value("${empty}").toString());
        assertEquals("\"[1, 2]\"", value("${list}").toString());
        assertEquals("\"${HOME} $[1+1]\"", value("\"${HOME} $[1+1]\"").toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\n---\nkind: Secret",
                "a\nother: key",
                "a, other: key}",
                "\" , \"other\": \"key\"",
                "a # no comment",
                "&anchor *alias",
                "!!javax.script.ScriptEngineManager []",
                "{{ x }}",
                "- a\n- b",
                "\uE0000\uE000",
                "<<: *x"
            })
    void aValueCanAddNeitherKeysNorDocuments(String hostile) {
        parameters.put("p", hostile);
        for (String yaml : new String[] {"${p}", "\"${p}\"", "'${p}'", "[${p}]"}) {
            Manifest manifest = read(HEAD + "spec: {x: " + yaml + "}\ndata:\n  block: |\n    ${p}\n  plain: ${p}\n");
            assertEquals(Collections.emptyList(), faults());
            assertEquals(1, manifest.documents().size());
            JsonNode object = manifest.documents().get(0).object();
            assertEquals(5, object.size());
            JsonNode x = object.path("spec").path("x");
            assertEquals(1, object.path("spec").size());
            assertEquals(hostile, (x.isArray() ? x.path(0) : x).textValue());
            assertEquals(hostile + "\n", object.path("data").path("block").textValue());
            assertEquals(hostile, object.path("data").path("plain").textValue());
        }
    }

    @Test
    void placeholdersInKeysStayAsTheyAre() {
        parameters.put("k", "x: 1\ny");
        Manifest manifest = read(HEAD + "data: {\"${k}\": v}\n");
        assertEquals(
                "{\"${k}\":\"v\"}",
                manifest.documents().get(0).object().path("data").toString());
    }

    @Test
    void documentsListsAnchorsAndMergesAreRead() {
        Manifest manifest = read("---\n# only a comment\n---\n" + HEAD + "---\n"
                + "apiVersion: v1\nkind: List\nitems:\n- "
                + HEAD.trim().replace("\n", "\n  ").replace("name: a", "name: b")
                + "\n  data: &d {x: '1', y: '2'}\n  more: {<<: *d, y: '3'}\n");
        assertEquals(Collections.emptyList(), faults());
        assertEquals(2, manifest.documents().size());
        ManifestDocument second = manifest.documents().get(1);
        assertEquals("b", second.name());
        assertEquals(2, second.number());
        assertEquals("{\"y\":\"3\",\"x\":\"1\"}", second.object().path("more").toString());
        assertEquals(13, second.lines().get("metadata.name"));
        assertEquals(14, second.lines().get("data.x"));
    }

    @Test
    void faultsNameDocumentLineAndPath() {
        read(HEAD + "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: ${p}\n  namespace: Team\n---\nkind: job\n");
        assertEquals(
                List.of(
                        "yamlContent: document 2, line 8, metadata.name: \"${p}\" is not valid; use lower case letters, digits"
                                + " and '-'.",
                        "yamlContent: document 2, line 9, metadata.namespace: \"Team\" is not valid; use at most 63 lower case"
                                + " letters, digits and '-', with neither end a '-'.",
                        "yamlContent: document 3, line 11, apiVersion: it is missing; give one as in kubeflow.org/v1.",
                        "yamlContent: document 3, line 11, kind: \"job\" is not valid; give one as in PyTorchJob.",
                        "yamlContent: document 3, line 11, metadata.name: it is missing; use lower case letters, digits and"
                                + " '-'."),
                faults());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "a: [1             | line 1 is not YAML: expected ',' or ']', but got <stream end>; correct the line.",
                "a: 1\\na: 2       | document 1, line 2, the key a is there twice; correct it.",
                "- 1               | document 1, line 1, it is not an object; correct it.",
                "just ${text}      | document 1, line 1, it is not an object; correct it.",
                "a: &x [*x]        | document 1, line 1, a[0]: an alias refers to a value that contains it; correct it.",
                "a: .nan           | document 1, line 1, a: Kubernetes objects are JSON, which has no .nan; correct it.",
                "a: !!binary aGk=  | document 1, line 1, a: the tag tag:yaml.org,2002:binary has no meaning in a manifest; correct it.",
                "metadata: {name: a, labels: [b]} | document 1, line 1, metadata.labels: it is not a map of keys to texts; give"
                        + " it as in {key: value}.",
                "# nothing         | there is no object in it; give at least one manifest.",
                "metadata: {generateName: a-} | document 1, line 1, metadata.generateName: a retry cannot find an object"
                        + " whose name the server generates; give metadata.name, for instance with"
                        + " ${system.workflow.instance.id} in it.",
            })
    void whatIsNotAManifestIsOneSentence(String yaml, String fault) {
        read(yaml.replace("\\n", "\n"));
        assertTrue(faults().contains("yamlContent: " + fault), faults().toString());
    }

    @Test
    void aSmallTextCannotBecomeAHugeObject() {
        StringBuilder text = new StringBuilder(HEAD + "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int level = 1; level < 9; level++) {
            text.append("a" + level + ": &a" + level + " [");
            text.append(String.join(",", Collections.nCopies(10, "*a" + (level - 1))))
                    .append("]\n");
        }
        read(text.toString());
        assertFalse(faults().isEmpty());
    }

    @Test
    void secretsOfAManifestAreKnown() {
        Manifest manifest = read("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: aHVzaC1odXNo}\n"
                + "stringData: {b: quiet please}\n");
        assertEquals(Set.of("aHVzaC1odXNo", "hush-hush", "quiet please"), ManifestSecrets.of(manifest));
    }
}
