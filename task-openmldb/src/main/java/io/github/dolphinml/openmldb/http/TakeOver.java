package io.github.dolphinml.openmldb.http;

import java.util.List;
import java.util.Optional;

/** Whether a run takes over the job for which an earlier attempt of it was waiting. */
final class TakeOver {

    private final Attempts attempts;
    private final JobWatch watch;
    private final Progress progress;

    TakeOver(Attempts attempts, JobWatch watch, Progress progress) {
        this.attempts = attempts;
        this.watch = watch;
        this.progress = progress;
    }

    /** The earlier attempt at these statements, if its job still runs or has finished. */
    Optional<Attempts.Earlier> of(List<String> texts) throws CancelledException, InterruptedException {
        Optional<Attempts.Earlier> found = attempts.find(texts);
        return found.isPresent() && isWorthIt(found.get()) ? found : Optional.empty();
    }

    private boolean isWorthIt(Attempts.Earlier earlier) throws CancelledException, InterruptedException {
        Job job = earlier.job();
        Long noted = job.startTime();
        try {
            watch.look(job);
        } catch (StatementException silent) {
            return false;
        } catch (CancelledException cancelled) {
            progress.say(job + " of an earlier attempt may still run");
            throw cancelled;
        }
        if (noted != null && !noted.equals(job.startTime())) {
            return false;
        }
        if (job.isFinal() && !job.isFinished()) {
            progress.say(job + " of an earlier attempt is " + job.state() + ": all statements are run again");
            attempts.forget();
            return false;
        }
        progress.say(
                job + " of an earlier attempt is " + job.state() + ": taken over at statement " + earlier.statement());
        return true;
    }
}
