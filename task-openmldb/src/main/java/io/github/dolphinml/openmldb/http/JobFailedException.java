package io.github.dolphinml.openmldb.http;

/** A job will not come to a good end; the message says why, without a full stop. */
final class JobFailedException extends StatementException {

    private static final long serialVersionUID = 1L;

    private final transient Job job;

    JobFailedException(String message, Job job) {
        super(message);
        this.job = job;
    }

    Job job() {
        return job;
    }
}
