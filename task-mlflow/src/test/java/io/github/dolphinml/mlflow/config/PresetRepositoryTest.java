/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.option.OptionReader;
import io.github.dolphinml.common.option.OptionSources;
import io.github.dolphinml.common.validate.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PresetRepositoryTest {

    private static Optional<PresetRepository> repository(String address, String version) {
        return repository(address, version, Collections.emptyMap());
    }

    private static Optional<PresetRepository> repository(
            String address, String version, Map<String, String> parameters) {
        OptionSources properties = new OptionSources() {
            @Override
            public Optional<String> customParameter(String name) {
                return Optional.ofNullable(parameters.get(name));
            }

            @Override
            public Set<String> customParameterNames() {
                return parameters.keySet();
            }

            @Override
            public Optional<String> field(String name) {
                return Optional.empty();
            }

            @Override
            public Set<String> unresolved(String name) {
                return Collections.emptySet();
            }

            @Override
            public Optional<String> property(String key) {
                return key.equals("ml.mlflow.preset_repository")
                        ? Optional.ofNullable(address)
                        : key.equals("ml.mlflow.preset_repository_version")
                                ? Optional.ofNullable(version)
                                : Optional.empty();
            }
        };
        return PresetRepository.of(new OptionReader(MlflowOptions.CATALOGUE, properties, new Problems()).read());
    }

    private static PresetTraining training(ProjectJob job, String method) {
        return new PresetTraining.Builder()
                .method(job, method)
                .dataPath("/data/my iris.csv")
                .parameters("C=1;kernel='rbf'", "C=[1,2]", null)
                .modelName("iris")
                .build();
    }

    /** The values that common.properties of DolphinScheduler 3.1.1 has. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "https://github.com/apache/dolphinscheduler-mlflow,\"main\"",
                "https://github.com/apache/dolphinscheduler-mlflow,",
                "https://github.com/apache/dolphinscheduler-mlflow.git/,main",
                ",\"main\"",
                "\"\","
            })
    void whatDolphinSchedulerShipsCountsAsNotSet(String address, String version) {
        assertFalse(repository(address, version).isPresent());
    }

    @Test
    void anOperatorsRepositoryCounts() throws IOException {
        ProjectCommand command =
                repository("/srv/presets.git", "\"v2\"").get().command(training(ProjectJob.BASIC, "svm"));
        assertEquals("/srv/presets.git#Project-BasicAlgorithm", command.repository());
        assertEquals(Optional.of("v2"), command.version());
        assertEquals(words("BasicAlgorithm"), command.words());
    }

    /** {@code main} is what common.properties of DolphinScheduler has. */
    @Test
    void aVersionThatWasNotChosenDoesNotCountForADirectory() {
        ProjectCommand command =
                repository("/srv/presets", "\"main\"").get().command(training(ProjectJob.BASIC, "svm"));
        assertEquals("/srv/presets#Project-BasicAlgorithm", command.repository());
        assertEquals(Optional.empty(), command.version());
        ProjectCommand chosen =
                repository("file:///srv/presets", "v2").get().command(training(ProjectJob.BASIC, "svm"));
        assertEquals(Optional.of("v2"), chosen.version());
    }

    @Test
    void whatTheStockPresetsHaveNoParameterForIsOfferedIfItIsSet() {
        assertEquals(Collections.emptyList(), offers(Collections.emptyMap()));
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("mlflow.labelColumn", "species");
        parameters.put("mlflow.promoteIf", "accuracy");
        assertEquals(
                Arrays.asList("label_column=species (mlflow.labelColumn)", "promote_if=accuracy (mlflow.promoteIf)"),
                offers(parameters));
    }

    private static List<String> offers(Map<String, String> parameters) {
        return repository("/srv/presets", "v2", parameters)
                .get()
                .command(training(ProjectJob.BASIC, "svm"))
                .offers()
                .stream()
                .map(offer -> offer.name() + "=" + offer.value() + " (" + offer.option() + ")")
                .collect(Collectors.toList());
    }

    @Test
    void anOtherVersionOfTheStockRepositoryCounts() throws IOException {
        ProjectCommand command = repository("https://github.com/apache/dolphinscheduler-mlflow", "dev")
                .get()
                .command(training(ProjectJob.AUTOML, "flaml"));
        assertEquals("https://github.com/apache/dolphinscheduler-mlflow#Project-AutoML", command.repository());
        assertEquals(words("AutoML"), command.words());
    }

    /** The Python tests run projects with these words. */
    private static List<String> words(String job) throws IOException {
        try (InputStream file = PresetRepositoryTest.class.getResourceAsStream("/preset-words.json")) {
            return new ObjectMapper()
                    .readValue(file, new TypeReference<Map<String, List<String>>>() {})
                    .get(job);
        }
    }
}
