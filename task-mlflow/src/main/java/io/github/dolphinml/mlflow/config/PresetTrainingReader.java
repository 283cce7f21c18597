/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.OptionType;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.validate.Problems;
import java.util.Optional;

/** Reads the form's fields for BasicAlgorithm and AutoML. */
final class PresetTrainingReader {

    private static final OptionType<String> ALGORITHMS = OptionType.choice("lr", "svm", "lightgbm", "xgboost");
    private static final OptionType<String> TOOLS = OptionType.choice("flaml", "autosklearn");

    private final Node node;

    PresetTrainingReader(Node node) {
        this.node = node;
    }

    PresetTraining read(ProjectJob job) {
        // The defaults are those of the stock plugin, for clients that leave the fields out.
        String method = job == ProjectJob.AUTOML
                ? choice("automlTool", "flaml", TOOLS)
                : choice("algorithm", "lightgbm", ALGORITHMS);
        String data = node.required("dataPath", "give a .csv file or a folder with train.csv and test.csv");
        boolean registers = flag("registerModel").orElse(false);
        String name = registers ? node.required("modelName", "give a name, or switch registerModel off") : null;
        return new PresetTraining.Builder()
                .method(job, method)
                .dataPath(data)
                .parameters(
                        node.text("params").orElse(""),
                        node.text("searchParams").orElse(""),
                        flag("isSearchParams").orElse(null))
                .modelName(name)
                .build();
    }

    private String choice(String field, String standard, OptionType<String> words) {
        String text = node.text(field).orElse(standard);
        try {
            return words.parse(text);
        } catch (IllegalArgumentException unknown) {
            node.problems().add(field, Problems.shown(text) + " is not known", words.right());
            return standard;
        }
    }

    private Optional<Boolean> flag(String field) {
        Optional<String> text = node.text(field);
        if (text.isPresent() && !text.get().matches("(?i)true|false")) {
            node.problems().add(field, Problems.shown(text.get()) + " is neither", "use true or false");
            return Optional.empty();
        }
        return text.map(Boolean::parseBoolean);
    }
}
