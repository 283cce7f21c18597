/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.lang.reflect.Field;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The queue between the executor's thread that reads a command's output and the one that hands it out. Up to 3.3 the
 * latter clears the queue after each hand-out, and with it what was read since; this one is emptied by taking lines
 * out and by nothing else, so no line is lost. It also has a size: whoever prints faster than lines are taken out waits,
 * instead of filling the worker's memory. DolphinScheduler looks for lines once a second only, so whoever takes them out
 * of a queue that was full stays for those that come at once.
 */
final class OutputQueue extends LinkedBlockingQueue<String> {

    private static final long serialVersionUID = 1L;

    private static final String FIELD = "logBuffer";
    static final int MOST_CHARACTERS = 1 << 20;
    private static final long LONGEST_WAIT_MILLIS = 60_000;
    private static final long STEP_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 3 * STEP_MILLIS;

    private final AtomicLong characters = new AtomicLong();

    /** Was full, and has been fed without a pause since. */
    private volatile boolean crowded;

    OutputQueue() {}

    /** Puts such a queue into an executor that has not run yet; returns empty if the line has no such queue. */
    static Optional<OutputQueue> insert(Object executor) {
        for (Class<?> type = executor.getClass(); type != null; type = type.getSuperclass()) {
            try {
                Field field = type.getDeclaredField(FIELD);
                field.setAccessible(true);
                OutputQueue queue = new OutputQueue();
                ((LinkedBlockingQueue<?>) field.get(executor)).forEach(line -> queue.add(line.toString()));
                field.set(executor, queue);
                return Optional.of(queue);
            } catch (NoSuchFieldException inAParent) {
                continue;
            } catch (IllegalAccessException | ClassCastException otherShape) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** Waits while the queue is full. If nothing takes lines out, the line is accepted after a minute anyway. */
    @Override
    public boolean offer(String line) {
        for (long waited = 0;
                characters.get() > MOST_CHARACTERS
                        && waited < LONGEST_WAIT_MILLIS
                        && !Thread.currentThread().isInterrupted();
                waited += STEP_MILLIS) {
            crowded = true;
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(STEP_MILLIS));
        }
        characters.addAndGet(line.length());
        return super.offer(line);
    }

    @Override
    public String poll() {
        String line = super.poll();
        if (line == null && crowded) {
            line = next();
            crowded = line != null;
        }
        if (line != null) {
            characters.addAndGet(-line.length());
        }
        return line;
    }

    private String next() {
        try {
            return poll(LONGEST_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Does nothing: the consumer takes out what it is given. */
    @Override
    public void clear() {
        // See above.
    }
}
