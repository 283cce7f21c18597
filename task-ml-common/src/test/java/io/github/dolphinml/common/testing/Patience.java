/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.testing;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How long tests wait for what must happen. How fast something is, the benchmarks measure; what is meant to be cut short
 * takes far longer than any of these.
 */
public final class Patience {

    /** Seconds in which also a machine that is ten times slower starts, answers and ends what takes a second or two. */
    public static final int ENOUGH = 90;

    /** Seconds for a whole test with processes: it ends one that hangs. */
    public static final int WHOLE_TEST = 900;

    private static final long STEP_MILLIS = 20;

    private Patience() {}

    /** {@link #ENOUGH} in milliseconds. */
    public static long millis() {
        return TimeUnit.SECONDS.toMillis(ENOUGH);
    }

    /** Returns when the condition holds; fails with these words if it does not within {@link #ENOUGH} seconds. */
    public static void until(Callable<Boolean> condition, Supplier<String> otherwise) throws Exception {
        until(ENOUGH, condition, otherwise);
    }

    /** Returns when the condition holds; fails with these words if it does not within so many seconds. */
    public static void until(long seconds, Callable<Boolean> condition, Supplier<String> otherwise) throws Exception {
        long begin = System.nanoTime();
        boolean late = false;
        while (!condition.call()) {
            assertFalse(late, otherwise);
            Thread.sleep(STEP_MILLIS);
            // The last look begins after the time is over: a busy machine may have kept this program from looking.
            late = System.nanoTime() - begin >= TimeUnit.SECONDS.toNanos(seconds);
        }
    }
}
