/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.task.Node;
import java.io.UnsupportedEncodingException;
import java.net.URLDecoder;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where MLflow keeps runs and models: an address, a database or a directory, in MLflow's own forms. */
public final class TrackingServer {

    private static final String FIELD = "mlflowTrackingUri";
    private static final Pattern WITH_PASSWORD = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/@]*?:([^/]*)@.*");

    private final String uri;

    private TrackingServer(String uri) {
        this.uri = uri;
    }

    /** The server that a node's {@code mlflowTrackingUri} names; an empty field is a fault. */
    public static TrackingServer of(Node node) {
        String uri = node.required(FIELD, "give the address of an MLflow server, as in http://127.0.0.1:5000");
        if (uri.chars().anyMatch(Character::isISOControl)) {
            node.problems().add(FIELD, "it holds a control character", "leave it out");
        }
        return new TrackingServer(uri);
    }

    /** The address in the form that MLflow accepts, or a reference to the secret that holds it. */
    public Object inRequest() {
        return SecretReference.inRequest(FIELD, uri);
    }

    /** The password in the address, as written and percent-decoded; empty if there is none. */
    public Set<String> secrets() {
        Set<String> secrets = new LinkedHashSet<>();
        Matcher matcher = WITH_PASSWORD.matcher(uri);
        if (matcher.matches() && !matcher.group(1).isEmpty()) {
            secrets.add(matcher.group(1));
            try {
                secrets.add(URLDecoder.decode(matcher.group(1), "UTF-8"));
            } catch (UnsupportedEncodingException | IllegalArgumentException notEncoded) {
                return secrets;
            }
        }
        return secrets;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TrackingServer && uri.equals(((TrackingServer) other).uri);
    }

    @Override
    public int hashCode() {
        return Objects.hash(uri);
    }
}
