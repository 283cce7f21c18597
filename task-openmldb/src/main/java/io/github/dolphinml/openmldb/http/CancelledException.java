package io.github.dolphinml.openmldb.http;

/** The task was asked to end. */
final class CancelledException extends Exception {

    private static final long serialVersionUID = 1L;

    CancelledException() {
        super("The task was asked to end");
    }
}
