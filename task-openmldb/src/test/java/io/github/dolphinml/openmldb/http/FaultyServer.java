package io.github.dolphinml.openmldb.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Paths;

/** Stands before the double of the API server and does to some requests what {@code faulty_http.py} lists. */
final class FaultyServer implements AutoCloseable {

    private final Process process;
    private final int port;

    /**
     * @param rules as JSON
     */
    FaultyServer(ApiServerDouble server, String rules) throws IOException {
        String target = server.address().substring(server.address().indexOf(':') + 1);
        process = new ProcessBuilder("python3", "faulty_http.py", target, rules)
                .directory(Paths.get("../integration-tests/harness/dsharness").toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (line == null) {
            throw new IOException("the faulty server did not start");
        }
        port = Integer.parseInt(line);
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
