/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where OpenMLDB's API server listens. */
public final class ApiServer {

    private static final Pattern ADDRESS =
            Pattern.compile("(?:http://)?(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+):(\\d{1,5})/?");
    private static final int LARGEST_PORT = 65535;

    private final String host;
    private final int port;

    private ApiServer(String host, int port) {
        this.host = host;
        this.port = port;
    }

    /**
     * Reads {@code host:port}, with or without {@code http://}.
     *
     * @throws IllegalArgumentException if the text is not such an address
     */
    public static ApiServer of(String text) {
        Matcher matcher = ADDRESS.matcher(text.trim());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(text);
        }
        int port = Integer.parseInt(matcher.group(2));
        if (port == 0 || port > LARGEST_PORT) {
            throw new IllegalArgumentException(text);
        }
        return new ApiServer(matcher.group(1), port);
    }

    /** The address as {@code host:port}. */
    public String address() {
        return host + ":" + port;
    }

    @Override
    public String toString() {
        return address();
    }
}
