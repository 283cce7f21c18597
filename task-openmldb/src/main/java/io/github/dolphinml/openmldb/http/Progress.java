package io.github.dolphinml.openmldb.http;

import io.github.dolphinml.openmldb.statement.Statement;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The lines of a run in the task's log: each bounded, and with the number of its statement. */
final class Progress {

    /** DolphinScheduler's log page hangs on very long lines. */
    private static final int LONGEST_LINE = 8000;

    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f]");

    private final Consumer<String> log;
    private final int statements;
    private Statement current;

    Progress(Consumer<String> log, int statements) {
        this.log = log;
        this.statements = statements;
    }

    /** The statement that lines belong to from now on; null for none. */
    void at(Statement statement) {
        current = statement;
    }

    void say(String text) {
        line(current == null ? text : "[" + current.number() + "/" + statements + "] " + text);
    }

    void indented(List<String> lines) {
        lines.forEach(text -> line("  " + text));
    }

    void line(String text) {
        for (String part : text.split("\r\n|\r|\n", -1)) {
            log.accept(bounded(CONTROL.matcher(part).replaceAll("")));
        }
    }

    private static String bounded(String line) {
        int size = line.getBytes(StandardCharsets.UTF_8).length;
        if (size <= LONGEST_LINE) {
            return line;
        }
        String note = " ... [line cut, " + size + " bytes in all]";
        // A character has at most three bytes per unit of UTF-16.
        return line.substring(0, Math.min(line.length(), (LONGEST_LINE - note.length()) / 3)) + note;
    }
}
