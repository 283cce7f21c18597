/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The result of a task's work: whether it succeeded, why not, and its outputs. */
public final class Report {

    /** How a task's work ended. */
    public enum Status {
        /** All of it was done. */
        SUCCESS,
        /** It could not be done. */
        FAILURE,
        /** It was requested to end before it was done. */
        STOPPED
    }

    // Numbers are passed on as they were written: 1.0 stays 1.0, and long ones keep all their digits.
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));

    private final Status status;
    private final String error;
    private final boolean told;
    private final Map<String, JsonNode> outputs;

    private Report(Status status, String error, boolean told, Map<String, JsonNode> outputs) {
        this.status = status;
        this.error = error;
        this.told = told;
        this.outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    }

    private static Report success(Map<String, JsonNode> outputs) {
        return new Report(Status.SUCCESS, null, true, outputs);
    }

    /** The work could not be done; the sentence is not in the log yet. */
    public static Report failure(String sentence) {
        return new Report(Status.FAILURE, sentence, false, Collections.emptyMap());
    }

    /** The work was requested to end; the sentence is not in the log yet. */
    public static Report stopped(String sentence) {
        return new Report(Status.STOPPED, sentence, false, Collections.emptyMap());
    }

    /** The program ended before it could write its report; if it said why, the log has it. */
    public static Report unreported(int exitCode) {
        if (exitCode == 0) {
            return failure("The program ended with exit code 0 and left no report; that is not a success.");
        }
        String sentence = exitCode < 0
                ? "DolphinScheduler ended the task before it was done, as it does at the task's time-out."
                : "Ended with exit code " + exitCode + " before it could say why.";
        return new Report(Status.FAILURE, sentence, exitCode == 1, Collections.emptyMap());
    }

    /**
     * Reads what a program left behind.
     *
     * @param json an object with {@code status}, {@code outputs} and, for a failure, {@code error}
     * @param exitCode exit code of the program; a success with a code other than 0 counts as a failure
     */
    public static Report parse(String json, int exitCode) {
        JsonNode report;
        try {
            report = JSON.readTree(json);
        } catch (JsonProcessingException broken) {
            return failure("The program left a report that is not JSON: " + broken.getOriginalMessage());
        }
        Map<String, JsonNode> outputs = new LinkedHashMap<>();
        report.path("outputs").fields().forEachRemaining(entry -> outputs.put(entry.getKey(), entry.getValue()));
        String status = report.path("status").asText();
        if (status.equals("success") && exitCode == 0) {
            return success(outputs);
        }
        if (status.equals("stopped")) {
            return new Report(Status.STOPPED, null, true, outputs);
        }
        // The program has already printed its own block, which must stay the last thing in the log.
        boolean told = status.equals("failure");
        return new Report(
                Status.FAILURE, report.path("error").asText("Ended with exit code " + exitCode + "."), told, outputs);
    }

    /** How the work ended. */
    public Status status() {
        return status;
    }

    /** Why it failed or was stopped, as far as the log does not say so yet. */
    public Optional<String> untoldError() {
        return told ? Optional.empty() : Optional.ofNullable(error);
    }

    /** The outputs of the work, by name. */
    public Map<String, JsonNode> outputs() {
        return outputs;
    }
}
