package io.github.dolphinml.openmldb.http;

import java.time.Duration;

/** How long something takes, whatever happens to the clock on the wall. */
final class Stopwatch {

    private final long start = System.nanoTime();

    private Stopwatch() {}

    static Stopwatch started() {
        return new Stopwatch();
    }

    boolean reached(Duration time) {
        return System.nanoTime() - start >= time.toNanos();
    }

    /** The time since the start in seconds, as in 33.1. */
    String seconds() {
        return Numbers.seconds(Duration.ofNanos(System.nanoTime() - start));
    }
}
