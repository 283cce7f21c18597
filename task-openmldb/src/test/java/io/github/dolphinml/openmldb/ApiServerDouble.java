/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

/**
 * OpenMLDB's API server as its documentation describes it, over the stand-in cluster that the Python tests use as well:
 * {@code src/test/python/double/http_server.py} says what it imitates.
 */
final class ApiServerDouble implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final PythonServer server;

    /**
     * @param cluster what the cluster knows, in the form that {@code cluster.py} describes
     */
    ApiServerDouble(JsonNode cluster, Path directory) throws IOException {
        Path script = Files.createTempFile(directory, "cluster", ".json");
        Files.write(script, JSON.writeValueAsBytes(cluster));
        server = new PythonServer(Paths.get("src/test/python/double/http_server.py"), script.toString());
    }

    /** Where it listens, as {@code host:port}. */
    String address() {
        return server.address();
    }

    @Override
    public void close() {
        server.close();
    }
}
