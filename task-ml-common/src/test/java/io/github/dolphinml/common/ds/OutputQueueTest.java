/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.Patience;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A program that prints faster than its log is written must wait, or the worker's memory fills up. */
@Timeout(Patience.WHOLE_TEST)
class OutputQueueTest {

    private static final int LINES = 200_000;
    private static final String LINE =
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678";

    @Test
    void aFastProducerWaitsAndNoLineIsLost() throws Exception {
        OutputQueue queue = new OutputQueue();
        AtomicLong added = new AtomicLong();
        Thread reader = new Thread(() -> {
            for (int number = 0; number < LINES; number++) {
                queue.add(LINE);
                added.incrementAndGet();
            }
        });
        reader.start();
        long taken = 0;
        while (reader.isAlive() || !queue.isEmpty()) {
            long waiting = added.get() - taken;
            assertTrue(waiting * LINE.length() <= OutputQueue.MOST_CHARACTERS + 2L * LINE.length(), waiting + " lines");
            while (queue.poll() != null) {
                taken++;
            }
            queue.clear();
            Thread.sleep(5);
        }
        assertEquals(LINES, taken);
    }

    @Test
    void aThreadThatEmptiesAFullQueueStaysForTheLinesThatFollow() throws Exception {
        OutputQueue queue = new OutputQueue();
        Thread reader = new Thread(() -> {
            for (int number = 0; number < LINES; number++) {
                queue.add(LINE);
            }
        });
        reader.start();
        long most = 0;
        while (reader.isAlive() || !queue.isEmpty()) {
            long taken = 0;
            while (queue.poll() != null) {
                taken += LINE.length();
            }
            most = Math.max(most, taken);
            // As DolphinScheduler does, so that the queue is full again.
            Thread.sleep(200);
        }
        assertTrue(most > 2L * OutputQueue.MOST_CHARACTERS, most + " characters");
    }

    @Test
    void aLineThatIsLongerThanTheQueueGoesThrough() {
        OutputQueue queue = new OutputQueue();
        queue.add(new String(new char[2 * OutputQueue.MOST_CHARACTERS]));
        assertEquals(2 * OutputQueue.MOST_CHARACTERS, queue.poll().length());
        queue.add("next");
        assertEquals("next", queue.poll());
    }
}
