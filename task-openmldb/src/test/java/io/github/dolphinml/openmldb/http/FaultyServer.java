package io.github.dolphinml.openmldb.http;

import java.io.IOException;
import java.nio.file.Paths;

/** Stands before the double of the API server and does to some requests what {@code faulty_http.py} lists. */
final class FaultyServer implements AutoCloseable {

    private final PythonServer server;

    /**
     * @param rules as JSON
     */
    FaultyServer(ApiServerDouble target, String rules) throws IOException {
        server = new PythonServer(
                Paths.get("../integration-tests/harness/dsharness/faulty_http.py"),
                Integer.toString(target.port()),
                rules);
    }

    String address() {
        return server.address();
    }

    @Override
    public void close() {
        server.close();
    }
}
