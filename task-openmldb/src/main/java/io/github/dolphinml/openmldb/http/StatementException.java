package io.github.dolphinml.openmldb.http;

/** OpenMLDB, or the way to it, refused; or a job came to no good end. The message has no full stop. */
class StatementException extends Exception {

    private static final long serialVersionUID = 1L;

    StatementException(String message) {
        super(message);
    }
}
