package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.openmldb.config.ApiServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * One question to the API server and its answer. Each goes over a connection of its own and is never repeated: Java
 * would silently send a statement again when a kept connection breaks, and so start a second job.
 */
final class ApiConnection {

    static final Duration LONGEST_CONNECT = Duration.ofSeconds(10);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ApiServer server;
    private final String path;
    private final byte[] body;
    private final Duration answerWithin;
    private volatile HttpURLConnection connection;

    private ApiConnection(ApiServer server, String path, byte[] body, Duration answerWithin) {
        this.server = server;
        this.path = path;
        this.body = body;
        this.answerWithin = answerWithin;
    }

    /** Asks for something. */
    static ApiConnection get(ApiServer server, String path, Duration answerWithin) {
        return new ApiConnection(server, path, null, answerWithin);
    }

    /**
     * Sends a JSON object.
     *
     * @param answerWithin zero for no limit
     */
    static ApiConnection post(ApiServer server, String path, Map<String, Object> content, Duration answerWithin)
            throws IOException {
        return new ApiConnection(server, path, JSON.writeValueAsBytes(content), answerWithin);
    }

    /**
     * Sends and reads; blocks until the answer is there.
     *
     * @throws StatementException if the server refuses, cannot be reached or answers with something else
     */
    ReplyReader exchange(RowSink sink) throws StatementException {
        try {
            connect();
            return answer(sink);
        } catch (SocketTimeoutException tooLate) {
            throw late();
        } catch (IOException broken) {
            throw new NoAnswerException(server + ": " + reason(broken));
        } finally {
            abort();
        }
    }

    /** Nothing has been sent when this fails. */
    private void connect() throws StatementException {
        try {
            connection = (HttpURLConnection) new URL("http://" + server.address() + path).openConnection();
            prepare(connection);
            connection.connect();
        } catch (IOException absent) {
            throw new StatementException(server + ": " + reason(absent));
        }
    }

    private ReplyReader answer(RowSink sink) throws IOException, StatementException {
        if (body != null) {
            connection.getOutputStream().write(body);
        }
        int status = connection.getResponseCode();
        if (status != HttpURLConnection.HTTP_OK) {
            throw refusal(status);
        }
        try (InputStream answer = connection.getInputStream()) {
            return new ReplyReader(sink).read(answer);
        }
    }

    /** A fault of the server, or of a gateway before it, does not tell what became of the statement. */
    private StatementException refusal(int status) {
        String message = server + " answered with HTTP status " + status;
        return status >= HttpURLConnection.HTTP_INTERNAL_ERROR
                ? new NoAnswerException(message)
                : new StatementException(message);
    }

    private void prepare(HttpURLConnection prepared) throws IOException {
        prepared.setConnectTimeout((int) LONGEST_CONNECT.toMillis());
        prepared.setReadTimeout((int) Math.min(Integer.MAX_VALUE, answerWithin.toMillis()));
        prepared.setInstanceFollowRedirects(false);
        prepared.setUseCaches(false);
        prepared.setRequestProperty("Connection", "close");
        if (body != null) {
            prepared.setRequestMethod("POST");
            prepared.setDoOutput(true);
            prepared.setFixedLengthStreamingMode(body.length);
            prepared.setRequestProperty("Content-Type", "application/json; charset=" + StandardCharsets.UTF_8);
        }
    }

    private static String reason(IOException broken) {
        String message = broken.getMessage() == null ? broken.getClass().getSimpleName() : broken.getMessage();
        return broken instanceof UnknownHostException ? "the host is not known" : message;
    }

    /** What is said when the answer did not come within its time. */
    NoAnswerException late() {
        return new NoAnswerException(server + " did not answer within " + Numbers.plain(answerWithin) + " s");
    }

    /** How long the whole answer may take; zero for no limit. */
    Duration answerWithin() {
        return answerWithin;
    }

    /** Gives up from any thread; a blocked exchange fails at once. */
    void abort() {
        HttpURLConnection open = connection;
        if (open != null) {
            open.disconnect();
        }
    }
}
