package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.dolphinml.openmldb.statement.Statement;
import io.github.dolphinml.openmldb.statement.StatementKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What statements returned: shown in the log, and handed on where a column has the name of an output parameter. */
final class Results {

    private static final Duration LONGEST_LOG = Duration.ofSeconds(60);
    private static final int MOST_LOG_LINES = 200;

    private final List<String> declared;
    private final Progress progress;
    private final Map<String, JsonNode> outputs = new LinkedHashMap<>();
    private boolean nameless;

    Results(List<String> declared, Progress progress) {
        this.declared = declared;
        this.progress = progress;
    }

    Map<String, JsonNode> outputs() {
        return outputs;
    }

    void show(Statement statement, Reply reply, Optional<Path> csv) {
        List<String> columns = ColumnNames.of(statement, reply);
        progress.indented(new ResultTable(columns, reply).lines());
        csv.ifPresent(path -> progress.say(ResultTable.count(reply.total()) + " in " + path));
        if (reply.total() == 1 && statement.kind() == StatementKind.SELECT) {
            nameless |= statement.columns().size() != columns.size();
            take(columns, reply.rows().get(0));
        }
    }

    private void take(List<String> columns, List<JsonNode> row) {
        for (String name : declared) {
            int index = index(columns, name);
            if (index >= 0 && !row.get(index).isNull()) {
                outputs.put(name, row.get(index));
            }
        }
    }

    private static int index(List<String> columns, String name) {
        if (columns.contains(name)) {
            return columns.indexOf(name);
        }
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).equalsIgnoreCase(name)) {
                return i;
            }
        }
        return -1;
    }

    /** In offline mode the rows of a SELECT are nowhere but in its job's log. */
    void showLog(Job job, JobWatch watch) throws CancelledException, InterruptedException {
        List<String> lines;
        try {
            lines = watch.log(job, LONGEST_LOG);
        } catch (StatementException unreadable) {
            progress.say("the log of " + job + ", which has the rows, could not be read: " + unreadable.getMessage());
            return;
        }
        progress.say("the log of " + job + ", which has the rows:");
        int leftOut = lines.size() - MOST_LOG_LINES;
        if (leftOut > 0) {
            int half = MOST_LOG_LINES / 2;
            List<String> shown = new ArrayList<>(lines.subList(0, half));
            shown.add("... (" + leftOut + " lines left out)");
            shown.addAll(lines.subList(lines.size() - half, lines.size()));
            lines = shown;
        }
        progress.indented(lines);
    }

    void tellMissing() {
        List<String> missing =
                declared.stream().filter(name -> !outputs.containsKey(name)).collect(Collectors.toList());
        if (!missing.isEmpty()) {
            progress.line("Warning: no one-row result of a SELECT in online mode had a value for the output parameter"
                    + (missing.size() > 1 ? "s " : " ") + String.join(", ", missing) + ".");
        }
        if (!missing.isEmpty() && nameless) {
            progress.line(
                    "The API server tells no names of columns: name each column of the SELECT, as in count(*) AS n.");
        }
    }
}
