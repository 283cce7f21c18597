package io.github.dolphinml.openmldb.http;

/** A statement was sent and no answer came, or only a part of one: it may be under way. */
final class NoAnswerException extends StatementException {

    private static final long serialVersionUID = 1L;

    NoAnswerException(String message) {
        super(message);
    }
}
