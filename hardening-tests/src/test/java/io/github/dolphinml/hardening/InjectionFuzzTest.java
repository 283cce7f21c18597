/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.common.validate.FieldProblem;
import io.github.dolphinml.common.validate.InvalidTaskException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Hostile texts in every field, option and parameter, on the whole way through the reader, the planner, the renderer
 * and real bash. A text arrives exactly as it is, in the request or the argument list that it belongs to and nowhere
 * else, or a sentence that names its field refuses it. Nothing but Python is ever started.
 *
 * <p>{@code mvn verify -pl hardening-tests -am -Dtest=InjectionFuzzTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dfuzz.cases=10000 -Dfuzz.seed=1} runs more of it.
 */
class InjectionFuzzTest {

    private static final int CASES = Integer.getInteger("fuzz.cases", 300);
    private static final int ENOUGH = 500;

    @TempDir
    Path directory;

    private final Map<String, Integer> arrived = new TreeMap<>();
    private FuzzBench bench;
    private HostileTexts texts;
    private FuzzedTask task;
    private int refused;

    static Stream<FuzzedTask> tasks() {
        return Stream.of(
                new FuzzedNotebook(),
                new FuzzedStatements(),
                new FuzzedDeployment(),
                FuzzedData.UPLOAD,
                FuzzedData.INIT,
                FuzzedData.CHECK,
                new FuzzedManifest(),
                FuzzedProject.CUSTOM,
                FuzzedProject.PRESET);
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void everyTextArrivesAsItIsOrIsRefused(FuzzedTask fuzzed) throws Exception {
        long seed = Seed.ofThisRun("fuzz.seed");
        task = fuzzed;
        texts = new HostileTexts(new Random(seed));
        bench = new FuzzBench(directory, fuzzed);
        for (int number = 0; number < CASES; number++) {
            try {
                one();
            } catch (AssertionError | RuntimeException | IOException failed) {
                throw new AssertionError("case " + number + " of seed " + seed + ": " + failed.getMessage(), failed);
            }
        }
        System.out.println(CASES + " cases, " + refused + " refused; arrived: " + arrived);
        if (CASES >= ENOUGH) {
            everyFieldWasReached();
        }
    }

    private void one() throws Exception {
        TestNode node = task.node(bench.work());
        Map<FuzzedField, String> set = new LinkedHashMap<>();
        for (FuzzedField field : drawn()) {
            String value = field.value(texts.next());
            field.set(node, value);
            set.put(field, value);
        }
        HostileEnvironment environment = HostileEnvironment.drawn(texts, bench);
        if (!environment.text().isEmpty()) {
            task.environment().set(node, environment.text());
            set.put(task.environment(), environment.text());
        }
        try (FuzzBench.Case tried = bench.plan(node)) {
            tried.runAndCheck(environment);
            set.forEach((field, value) -> tried.expect(field, value));
            tried.checkRequest();
            set.keySet().forEach(field -> arrived.merge(field.toString(), 1, Integer::sum));
            arrived.merge(environment.toString(), 1, Integer::sum);
        } catch (InvalidTaskException invalid) {
            refused++;
            for (FieldProblem problem : invalid.problems()) {
                boolean named = set.keySet().stream().anyMatch(field -> field.isNamedBy(problem.field()));
                assertTrue(named, "a field that is right was refused: " + problem.sentence());
            }
        }
    }

    /** One field, or two that have nothing to do with each other. */
    private List<FuzzedField> drawn() {
        List<FuzzedField> fields = task.fields();
        FuzzedField first = fields.get(texts.below(fields.size()));
        FuzzedField second = fields.get(texts.below(fields.size()));
        boolean both = texts.below(3) == 0 && !first.sharesWith(second);
        return both ? Arrays.asList(first, second) : Collections.singletonList(first);
    }

    /** Guards the test: texts that are all refused would make it pass. */
    private void everyFieldWasReached() {
        List<String> missed = Stream.concat(
                        task.fields().stream().filter(FuzzedField::takesTexts).map(FuzzedField::toString),
                        HostileEnvironment.kinds().stream())
                .filter(label -> !arrived.containsKey(label))
                .collect(Collectors.toList());
        assertEquals(Collections.emptyList(), missed);
    }
}
