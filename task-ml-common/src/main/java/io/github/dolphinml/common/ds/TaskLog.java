/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MarkerFactory;

/**
 * The log that the user reads in DolphinScheduler. On 3.1 the worker routes lines to it by the logger's name, later by
 * a value of the thread's diagnostic context: lines written on the task's own thread reach it on every line.
 */
public final class TaskLog {

    /** On 3.1 the executor puts this text into the queue as its last line, and the appender waits for its marker. */
    private static final String END_OF_OUTPUT = "FINALIZE_SESSION";

    /** In one entry. */
    private static final int MOST_CHARACTERS = 1 << 20;

    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** In bytes of UTF-8, as in our programs: DolphinScheduler's log page hangs on very long lines. */
    private static final int LONGEST_LINE = 8000;

    private final Logger logger;
    private final UnaryOperator<String> mask;

    /**
     * @param task the class whose name the lines carry
     * @param mask takes secrets out of a text
     */
    public TaskLog(Class<?> task, UnaryOperator<String> mask) {
        this(LoggerFactory.getLogger("TaskLogLogger-" + task.getName()), mask);
    }

    TaskLog(Logger logger, UnaryOperator<String> mask) {
        this.logger = logger;
        this.mask = mask;
    }

    /** The logger behind this log, for those who write to it themselves; it takes secrets out as well. */
    public Logger logger() {
        return MaskingLogger.of(logger, mask);
    }

    /** Writes a line that says what happens. */
    public void info(String text) {
        logger.info("{}", mask.apply(text));
    }

    /** Writes a line about something that the user should look at. */
    public void warn(String text) {
        logger.warn("{}", mask.apply(text));
    }

    /** Writes why the task fails. */
    public void error(String text) {
        logger.error("{}", mask.apply(text));
    }

    /**
     * Takes all lines out of the executor's queue and writes them, many as one entry and at least once a second; two
     * threads may ask for it.
     */
    public synchronized void drain(LinkedBlockingQueue<String> queue) {
        List<String> lines = new ArrayList<>();
        long size = 0;
        long begin = System.nanoTime();
        boolean ended = false;
        for (String line = queue.poll(); line != null && !ended; line = ended ? null : queue.poll()) {
            ended = END_OF_OUTPUT.equals(line);
            if (!ended && !line.isEmpty()) {
                lines.add(bounded(mask.apply(line)));
                size += lines.get(lines.size() - 1).length();
            }
            if (size > MOST_CHARACTERS || System.nanoTime() - begin > MOST_NANOS) {
                write(lines);
                size = 0;
                begin = System.nanoTime();
            }
        }
        write(lines);
        if (ended) {
            logger.info(MarkerFactory.getMarker(END_OF_OUTPUT), END_OF_OUTPUT);
        }
    }

    /** Writes what a program has printed, line by line. */
    public void lines(String printed) {
        drain(new LinkedBlockingQueue<>(Arrays.asList(printed.split("\n"))));
    }

    private void write(List<String> lines) {
        if (!lines.isEmpty()) {
            logger.info(" -> {}", String.join("\n\t", lines));
            lines.clear();
        }
    }

    /** Our programs write no longer lines; what runs before them may. */
    static String bounded(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= LONGEST_LINE) {
            return line;
        }
        String note = " ... [line cut, " + bytes.length + " bytes in all]";
        int end = LONGEST_LINE - note.length();
        while ((bytes[end] & 0xC0) == 0x80) {
            end--; // within a character
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8) + note;
    }
}
