/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A condition that marks the end of objects of a kind, in the notation of {@code kubectl wait --for}. */
public final class EndRule {

    private static final Pattern RULE = Pattern.compile("(?:([A-Z][A-Za-z0-9]*)\\s*:\\s*)?(.+)", Pattern.DOTALL);
    private static final Pattern CONDITION = Pattern.compile("condition=([A-Za-z][A-Za-z0-9./_-]*)(?:=([A-Za-z]+))?");
    private static final Pattern JSON_PATH = Pattern.compile("jsonpath=(['\"]?)(\\{.+})\\1(?:=(.*))?", Pattern.DOTALL);
    private static final String APPLIED = "applied";

    private final String kind;
    private final String type;
    private final String subject;
    private final String value;

    private EndRule(String kind, String type, String subject, String value) {
        this.kind = kind;
        this.type = type;
        this.subject = subject;
        this.value = value;
    }

    /**
     * Parses rules separated by semicolons or line breaks: {@code condition=Ready}, {@code condition=Ready=False},
     * {@code jsonpath={.status.phase}=Done} or {@code applied}. Each is for all kinds without a rule of their own, or for
     * one kind, as in {@code Cluster: condition=Ready}.
     *
     * @throws IllegalArgumentException if one of them is not a rule
     */
    public static List<EndRule> list(String text) {
        List<EndRule> rules = new ArrayList<>();
        for (String each : text.split("[;\\n]")) {
            if (!each.trim().isEmpty()) {
                rules.add(of(each.trim()));
            }
        }
        return Collections.unmodifiableList(rules);
    }

    private static EndRule of(String text) {
        Matcher rule = RULE.matcher(text);
        if (!rule.matches()) {
            throw new IllegalArgumentException(text);
        }
        String expression = rule.group(2);
        Matcher condition = CONDITION.matcher(expression);
        if (condition.matches()) {
            String status = condition.group(2) == null ? "True" : condition.group(2);
            return new EndRule(rule.group(1), "condition", condition.group(1), status);
        }
        Matcher path = JSON_PATH.matcher(expression);
        if (path.matches()) {
            return new EndRule(rule.group(1), "jsonpath", path.group(2), path.group(3));
        }
        if (expression.equals(APPLIED)) {
            return new EndRule(rule.group(1), APPLIED, null, null);
        }
        throw new IllegalArgumentException(text);
    }

    /** The kind that the rule is for; empty for all kinds without a rule of their own. */
    public Optional<String> kind() {
        return Optional.ofNullable(kind);
    }

    /** Returns the rule in the form of the request. */
    public Map<String, Object> described() {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("kind", kind);
        described.put("type", type);
        described.put("subject", subject);
        described.put("value", value);
        return described;
    }
}
