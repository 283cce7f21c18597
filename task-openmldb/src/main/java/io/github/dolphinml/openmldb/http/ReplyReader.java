package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Reads an answer of the API server token by token. Numbers keep all their digits. */
final class ReplyReader {

    private static final int ROWS_KEPT = 20;

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));

    private static final JsonFactory FACTORY =
            JSON.getFactory().copy().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature());

    private final RowSink sink;
    private final List<String> types = new ArrayList<>();
    private final List<List<JsonNode>> rows = new ArrayList<>();
    private final List<String> databases = new ArrayList<>();
    private long total;
    private int code = -1;
    private String message = "";

    ReplyReader(RowSink sink) {
        this.sink = sink;
    }

    /**
     * @throws StatementException if the server says that it refuses
     * @throws IOException if it is no answer of an API server
     */
    ReplyReader read(InputStream stream) throws IOException, StatementException {
        try (JsonParser parser = FACTORY.createParser(stream)) {
            parser.setCodec(JSON);
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("the answer is no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                field(parser);
            }
        }
        if (code != 0) {
            throw new StatementException(message.isEmpty() ? "the API server answered with code " + code : message);
        }
        return this;
    }

    Reply reply() {
        return new Reply(types, rows, total);
    }

    List<String> databases() {
        return databases;
    }

    private void field(JsonParser parser) throws IOException {
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals("code")) {
            code = parser.getValueAsInt(-1);
        } else if (name.equals("msg")) {
            message = parser.getValueAsString("");
        } else if (name.equals("dbs")) {
            texts(parser, databases);
        } else if (name.equals("data") && parser.currentToken() == JsonToken.START_OBJECT) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                dataField(parser);
            }
        } else {
            parser.skipChildren();
        }
    }

    private void dataField(JsonParser parser) throws IOException {
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals("schema")) {
            texts(parser, types);
        } else if (name.equals("data") && parser.currentToken() == JsonToken.START_ARRAY) {
            while (parser.nextToken() == JsonToken.START_ARRAY) {
                row(parser);
            }
        } else {
            parser.skipChildren();
        }
    }

    private void row(JsonParser parser) throws IOException {
        List<JsonNode> row = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            JsonNode value = parser.readValueAsTree();
            boolean date = row.size() < types.size() && types.get(row.size()).equalsIgnoreCase("Date");
            row.add(date && value.isTextual() ? TextNode.valueOf(padded(value.textValue())) : value);
        }
        total++;
        if (rows.size() < ROWS_KEPT) {
            rows.add(row);
        }
        sink.take(row);
    }

    /** The API server writes dates as 2020-5-1. */
    private static String padded(String date) {
        String[] parts = date.split("-");
        return parts.length == 3 && parts[1].matches("\\d") | parts[2].matches("\\d")
                ? parts[0] + "-" + twoDigits(parts[1]) + "-" + twoDigits(parts[2])
                : date;
    }

    private static String twoDigits(String number) {
        return number.length() == 1 ? "0" + number : number;
    }

    private static void texts(JsonParser parser, List<String> texts) throws IOException {
        while (parser.currentToken() == JsonToken.START_ARRAY && parser.nextToken() != JsonToken.END_ARRAY
                || parser.currentToken() == JsonToken.VALUE_STRING && parser.nextToken() != JsonToken.END_ARRAY) {
            texts.add(parser.getValueAsString(""));
        }
    }
}
