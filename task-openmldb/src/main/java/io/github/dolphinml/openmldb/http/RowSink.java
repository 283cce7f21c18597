package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;

/** Takes the rows of an answer while it is read, so that a large one need not fit into memory. */
interface RowSink {

    /** Takes none. */
    RowSink NONE = row -> {};

    void take(List<JsonNode> row) throws IOException;
}
