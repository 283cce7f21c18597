package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What the API server answered: types without names, the first rows, and how many rows there are. */
final class Reply {

    private final List<String> types;
    private final List<List<JsonNode>> rows;
    private final long total;

    Reply(List<String> types, List<List<JsonNode>> rows, long total) {
        this.types = Collections.unmodifiableList(new ArrayList<>(types));
        this.rows = Collections.unmodifiableList(new ArrayList<>(rows));
        this.total = total;
    }

    /** An answer without rows, as to DDL. */
    static Reply nothing() {
        return new Reply(Collections.emptyList(), Collections.emptyList(), 0);
    }

    /** The types of the columns; none for an answer without rows. */
    List<String> types() {
        return types;
    }

    List<List<JsonNode>> rows() {
        return rows;
    }

    long total() {
        return total;
    }

    boolean hasColumns() {
        return !types.isEmpty();
    }
}
