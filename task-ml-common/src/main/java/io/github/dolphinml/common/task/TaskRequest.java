/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.option.CommonOptions;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;

/** Writes {@code request.json}, by which a program learns what to do; see {@code dolphinml/common/program.py}. */
public final class TaskRequest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Object> content = new LinkedHashMap<>();

    /** A request with the parts that are common to all programs. */
    public TaskRequest(Node node, Collection<String> secrets) {
        content.put("task", node.identity());
        content.put("workdir", node.workingDirectory());
        content.put("secrets", new ArrayList<>(secrets));
        node.options(CommonOptions.SECRETS)
                .find(CommonOptions.SECRET_DIRECTORY)
                .ifPresent(directory -> content.put("secretsDirectory", directory));
        List<Map<String, String>> outputs = new ArrayList<>();
        for (Property output : node.declaredOutputs().values()) {
            Map<String, String> declared = new LinkedHashMap<>();
            declared.put("name", output.getProp());
            declared.put(
                    "type",
                    output.getType() == null ? "VARCHAR" : output.getType().name());
            outputs.add(declared);
        }
        content.put("outputs", outputs);
    }

    /** Adds a program's own part: maps, lists, texts, numbers, booleans, nulls and Jackson's nodes. */
    public TaskRequest with(String key, Object part) {
        content.put(key, part);
        return this;
    }

    /** The file that only the task's user may read. */
    public StagedFile file() {
        return file("private/request.json");
    }

    /** The same under another name; the program's report has that name with {@code report} for {@code request}. */
    StagedFile file(String path) {
        try {
            return StagedFile.text(path, JSON.writeValueAsString(content), FileMode.PRIVATE);
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException("The task's request cannot be written as JSON", unwritable);
        }
    }
}
