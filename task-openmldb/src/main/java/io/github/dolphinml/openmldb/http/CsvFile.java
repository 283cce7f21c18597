package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;

/**
 * Rows as CSV while they come: a header, quotes where CSV needs them, a line feed as line end, an empty field for NULL.
 * The file is made with the first row, or when the answer turns out to have none.
 */
final class CsvFile implements RowSink, AutoCloseable {

    private final Path path;
    private final List<String> names;
    private BufferedWriter writer;

    /**
     * @param names the columns, if they are known; else they are numbered
     */
    CsvFile(Path path, List<String> names) {
        this.path = path;
        this.names = names;
    }

    @Override
    public void take(List<JsonNode> row) throws IOException {
        open(row.size());
        Iterator<JsonNode> values = row.iterator();
        while (values.hasNext()) {
            JsonNode value = values.next();
            writer.write(value.isNull() ? "" : field(ResultTable.text(value)));
            writer.write(values.hasNext() ? "," : "\n");
        }
    }

    /** Makes the file, with its header, if no row has come. */
    void open(int columns) throws IOException {
        if (writer != null) {
            return;
        }
        Files.createDirectories(path.toAbsolutePath().getParent());
        writer = Files.newBufferedWriter(path, StandardCharsets.UTF_8);
        Iterator<String> header = ColumnNames.of(names, columns).iterator();
        while (header.hasNext()) {
            writer.write(field(header.next()));
            writer.write(header.hasNext() ? "," : "\n");
        }
    }

    private static String field(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    @Override
    public void close() throws IOException {
        if (writer != null) {
            writer.close();
        }
    }
}
