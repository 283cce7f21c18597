package io.github.dolphinml.common.ds;

import java.lang.reflect.Field;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The queue between the executor's thread that reads a command's output and the one that hands it out. Up to 3.3 the
 * latter clears the queue after each hand-out, and with it what was read since; this one is emptied by taking lines
 * out and by nothing else, so no line is lost.
 */
final class OutputQueue extends LinkedBlockingQueue<String> {

    private static final long serialVersionUID = 1L;

    private static final String FIELD = "logBuffer";

    private OutputQueue() {}

    /** Puts such a queue into an executor that has not run yet; empty where the line keeps none. */
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

    /** Does nothing: the consumer takes out what it is given. */
    @Override
    public void clear() {
        // See above.
    }
}
