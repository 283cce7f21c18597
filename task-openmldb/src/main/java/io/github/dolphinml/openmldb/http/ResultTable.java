package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** The rows of an answer as lines for the log, in the form of {@code table.py}. */
final class ResultTable {

    private static final int ROWS_SHOWN = 20;
    private static final int WIDEST_CELL = 40;

    /** Characters that take two columns of a terminal, as first and last code points. */
    private static final int[][] WIDE = {
        {0x1100, 0x115F},
        {0x2E80, 0xA4CF},
        {0xAC00, 0xD7A3},
        {0xF900, 0xFAFF},
        {0xFE30, 0xFE6F},
        {0xFF00, 0xFF60},
        {0xFFE0, 0xFFE6},
        {0x1F300, 0x1FAFF},
        {0x20000, 0x3FFFD}
    };

    private final List<String> columns;
    private final Reply reply;

    ResultTable(List<String> columns, Reply reply) {
        this.columns = columns;
        this.reply = reply;
    }

    /** A value as CSV and the table have it. */
    static String text(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }

    static String count(long total) {
        return total == 1 ? "1 row" : total + " rows";
    }

    /** The table's lines. One long text, as SHOW JOBLOG returns, is shown as it is. */
    List<String> lines() {
        if (reply.total() == 0) {
            return Collections.singletonList("no rows; columns: " + String.join(", ", columns));
        }
        JsonNode first = reply.rows().get(0).get(0);
        if (reply.total() == 1
                && columns.size() == 1
                && first.isTextual()
                && first.textValue().contains("\n")) {
            return Arrays.asList(first.textValue().split("\n"));
        }
        List<List<String>> cells = new ArrayList<>();
        cells.add(cut(columns));
        for (List<JsonNode> row : reply.rows()) {
            List<String> texts = new ArrayList<>();
            row.forEach(value -> texts.add(value.isNull() ? "NULL" : text(value)));
            cells.add(cut(texts));
        }
        return drawn(cells);
    }

    private List<String> drawn(List<List<String>> cells) {
        int[] widths = new int[columns.size()];
        cells.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        });
        List<String> lines = new ArrayList<>();
        cells.forEach(row -> lines.add(line(row, widths)));
        List<String> dashes = new ArrayList<>();
        for (int size : widths) {
            dashes.add(repeated('-', size));
        }
        lines.add(1, String.join("-+-", dashes));
        String rows = count(reply.total());
        lines.add("(" + (reply.total() <= ROWS_SHOWN ? rows : "the first " + ROWS_SHOWN + " of " + rows) + ")");
        return lines;
    }

    private static String line(List<String> row, int[] widths) {
        List<String> padded = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            padded.add(row.get(i) + repeated(' ', widths[i] - width(row.get(i))));
        }
        return String.join(" | ", padded).replaceAll("\\s+$", "");
    }

    private static String repeated(char character, int times) {
        char[] line = new char[times];
        Arrays.fill(line, character);
        return new String(line);
    }

    private static List<String> cut(List<String> texts) {
        List<String> cells = new ArrayList<>();
        for (String text : texts) {
            String shown = text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t");
            cells.add(width(shown) <= WIDEST_CELL ? shown : beginning(shown) + "...");
        }
        return cells;
    }

    private static String beginning(String text) {
        int end = 0;
        int width = 0;
        while (width + width(text.codePointAt(end)) <= WIDEST_CELL - 3) {
            width += width(text.codePointAt(end));
            end = text.offsetByCodePoints(end, 1);
        }
        return text.substring(0, end);
    }

    private static int width(String text) {
        return text.codePoints().map(ResultTable::width).sum();
    }

    private static int width(int codePoint) {
        return Arrays.stream(WIDE).anyMatch(range -> range[0] <= codePoint && codePoint <= range[1]) ? 2 : 1;
    }
}
