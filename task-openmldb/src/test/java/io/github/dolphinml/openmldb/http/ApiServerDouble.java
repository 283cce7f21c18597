package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;

/**
 * OpenMLDB's API server as its documentation describes it, over the stand-in cluster that the Python tests use as well:
 * {@code src/test/python/double/http_server.py} says what it imitates.
 */
public final class ApiServerDouble implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final PythonServer server;
    private final Path log;

    /**
     * @param cluster what the cluster knows, in the form that {@code cluster.py} describes
     */
    public ApiServerDouble(JsonNode cluster, Path directory) throws IOException {
        Path script = Files.createTempFile(directory, "cluster", ".json");
        Files.write(script, JSON.writeValueAsBytes(cluster));
        log = directory.resolve(script.getFileName() + ".calls");
        Files.createFile(log);
        server =
                new PythonServer(Paths.get("src/test/python/double/http_server.py"), script.toString(), log.toString());
    }

    int port() {
        return server.port();
    }

    public String address() {
        return server.address();
    }

    /** What was asked, one object a request: {@code {"get": path}} or {@code {"post": path, "body": object}}. */
    public List<JsonNode> requests() throws IOException {
        List<JsonNode> requests = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            requests.add(JSON.readTree(line));
        }
        return requests;
    }

    /** The SQL of all statements that were sent. */
    public List<String> statements() throws IOException {
        List<String> statements = new ArrayList<>();
        for (JsonNode request : requests()) {
            if (request.has("post")) {
                statements.add(request.path("body").path("sql").asText());
            }
        }
        return statements;
    }

    @Override
    public void close() {
        server.close();
    }
}
