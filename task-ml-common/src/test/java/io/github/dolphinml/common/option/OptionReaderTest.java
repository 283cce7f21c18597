/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.common.validate.Problems;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class OptionReaderTest {

    private static final Option<Integer> CPU = Option.named("cpu", OptionType.wholeNumber("number", 1, 64))
            .defaultsTo("2")
            .help("Cores.");
    private static final Option<String> CACHE =
            Option.named("cacheDir", OptionType.text()).operatorOnly().help("Where.");
    private static final Option<String> HOST = Option.named("host", OptionType.text())
            .defaultsTo("0.0.0.0")
            .lockable()
            .help("Where it listens.");
    private static final Option<String> TOKEN =
            Option.named("token", OptionType.choice("x")).secret().help("Who.");
    private static final OptionCatalogue CATALOGUE = new OptionCatalogue("test", CPU, CACHE, HOST, TOKEN);

    private final Sources sources = new Sources();
    private final Problems problems = new Problems();

    private OptionValues read() {
        return new OptionReader(CATALOGUE, sources, problems).read();
    }

    @Test
    void asksTheNodeThenTheFieldThenTheWorkerThenTheDefault() {
        assertEquals(2, read().get(CPU));
        sources.properties.put("ml.test.cpu", "3");
        assertEquals(3, read().get(CPU));
        sources.fields.put("cpu", "4");
        assertEquals(4, read().get(CPU));
        sources.parameters.put("ml.test.cpu", "5");
        assertEquals(5, read().get(CPU));
        sources.parameters.put("test.cpu", "6");
        assertEquals(6, read().get(CPU));
        assertFalse(problems.any());
    }

    @Test
    void onANodeOfAnotherTypeAFieldIsNotAnOption() {
        sources.fields.put("cpu", "4");
        OptionCatalogue elsewhere = OptionCatalogue.onOtherTypes("test", CPU);
        assertEquals(2, new OptionReader(elsewhere, sources, problems).read().get(CPU));
        sources.parameters.put("test.cpu", "6");
        assertEquals(6, new OptionReader(elsewhere, sources, problems).read().get(CPU));
    }

    @Test
    void blankMeansNotSet() {
        sources.parameters.put("test.cpu", "  ");
        sources.fields.put("cpu", "");
        sources.properties.put("ml.test.cpu", " ");
        assertEquals(2, read().get(CPU));
    }

    @Test
    void aBadValueNamesTheOptionTheValueAndWhatIsRight() {
        sources.parameters.put("test.cpu", "lots");
        read();
        assertEquals("test.cpu: \"lots\" is not a value of this option; use a whole number from 1 to 64.", sentence());
    }

    @Test
    void aBadValueOfAFieldNamesTheFieldAndTheDefaultStandsIn() {
        sources.fields.put("cpu", "lots");
        assertEquals(2, read().get(CPU));
        assertTrue(sentence().startsWith("cpu: \"lots\" is not a value of this option;"), sentence());
    }

    @Test
    void aPlaceholderWithoutAValueIsTheOneFaultOfAnOption() {
        sources.parameters.put("ml.test.cpu", "${cores}");
        sources.fields.put("host", "${a host}");
        read();
        assertEquals(
                Arrays.asList(
                        "test.cpu: the parameter cores has no value here; define it in the workflow or in this node, or"
                                + " declare it as OUT in a task that runs before this one (for DolphinScheduler 3.4 in"
                                + " both).",
                        "host: the parameter \"a host\" has no value here; define it in the workflow or in this node,"
                                + " or declare it as OUT in a task that runs before this one (for DolphinScheduler 3.4 in"
                                + " both)."),
                Arrays.asList(sentence().split("\n")));
    }

    @Test
    void whatLooksLikeAPlaceholderInASecretIsPartOfIt() {
        sources.parameters.put("test.token", "${x}");
        read();
        assertEquals("test.token: the value is not a value of this option; use one of x.", sentence());
    }

    @Test
    void aSecretIsNotInTheSentence() {
        sources.parameters.put("test.token", "s3cret");
        read();
        assertFalse(sentence().contains("s3cret"));
    }

    @Test
    void aNodeCannotSetTheOperatorsOptions() {
        sources.properties.put("ml.test.cacheDir", "/cache");
        sources.fields.put("cacheDir", "/of/a/field");
        assertEquals("/cache", read().get(CACHE));
        sources.parameters.put("test.cacheDir", "/mine");
        read();
        assertTrue(sentence().startsWith("test.cacheDir: a node cannot set this option"), sentence());
    }

    @Test
    void aLockedOptionRefusesAnotherValue() {
        sources.properties.put("ml.test.host", "127.0.0.1");
        sources.parameters.put("test.host", "0.0.0.0");
        assertEquals("0.0.0.0", read().get(HOST));
        sources.properties.put("ml.test.host.locked", "true");
        assertEquals("127.0.0.1", read().get(HOST));
        assertTrue(sentence().contains("the operator has fixed this option"), sentence());
    }

    @Test
    void aMistypedNameIsAWarningWithTheNearestOne() {
        sources.parameters.put("test.cpus", "4");
        read();
        assertFalse(problems.any());
        assertTrue(problems.warnings().get(0).contains("test.cpus"));
        assertTrue(
                problems.warnings().get(0).contains("nearest: test.cpu."),
                problems.warnings().get(0));
    }

    private String sentence() {
        return Assertions.assertThrows(InvalidTaskException.class, problems::throwIfAny)
                .getMessage();
    }

    private static final class Sources implements OptionSources {

        private final Map<String, String> parameters = new HashMap<>();
        private final Map<String, String> fields = new HashMap<>();
        private final Map<String, String> properties = new HashMap<>();

        @Override
        public Optional<String> customParameter(String name) {
            return Optional.ofNullable(parameters.get(name));
        }

        @Override
        public Set<String> customParameterNames() {
            return Collections.unmodifiableSet(parameters.keySet());
        }

        @Override
        public Optional<String> field(String name) {
            return Optional.ofNullable(fields.get(name));
        }

        @Override
        public Set<String> unresolved(String name) {
            Set<String> names = new LinkedHashSet<>();
            Matcher placeholder = Pattern.compile("\\$\\{([^}]*)}")
                    .matcher(parameters.getOrDefault(name, fields.getOrDefault(name, "")));
            while (placeholder.find()) {
                names.add(placeholder.group(1));
            }
            return names;
        }

        @Override
        public Optional<String> property(String key) {
            return Optional.ofNullable(properties.get(key));
        }
    }
}
