package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

/**
 * The job that was running when an earlier attempt of this node ended, in a file of the form of {@code attempts.py}.
 * It stays behind only where the worker or the connection was lost. Trouble with the file never fails the task.
 */
final class Attempts {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LENGTH_OF_NAME = 32;

    private final Progress progress;
    private Path file;

    Attempts(Optional<String> folder, Optional<String> runKey, String cluster, Progress progress) {
        this.progress = progress;
        Path parent = folder.map(Paths::get)
                .orElseGet(() -> Paths.get(System.getProperty("user.home"), ".cache", "dolphinml", "openmldb"));
        this.file =
                runKey.map(key -> parent.resolve(name(key + "\n" + cluster))).orElse(null);
    }

    private static String name(String key) {
        return hash(new String[] {key}, false).substring(0, LENGTH_OF_NAME) + ".json";
    }

    /** Notes that statement {@code number} waits for the job. */
    void note(Job job, int number, List<String> texts) {
        ObjectNode note = JSON.createObjectNode();
        note.put("statement", number);
        note.put("script", scriptHash(texts, number));
        note.put("job", job.number());
        note.put("type", job.type());
        note.put("component", job.component());
        note.put("startTime", job.startTime());
        if (file == null) {
            return;
        }
        try {
            Files.createDirectories(file.getParent());
            Path part = file.resolveSibling(
                    file.getFileName() + "." + Thread.currentThread().getId() + ".part");
            Files.write(part, JSON.writeValueAsBytes(note));
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            giveUp(failed);
        }
    }

    void forget() {
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException failed) {
                giveUp(failed);
            }
        }
    }

    /** What an earlier attempt with the same statements was waiting for. */
    Optional<Earlier> find(List<String> texts) {
        if (file == null || !Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode note = JSON.readTree(Files.readAllBytes(file));
            int number = note.path("statement").asInt(0);
            boolean same = number >= 1
                    && number <= texts.size()
                    && scriptHash(texts, number).equals(note.path("script").asText());
            return same ? Optional.of(new Earlier(number, job(note))) : Optional.empty();
        } catch (IOException failed) {
            giveUp(failed);
            return Optional.empty();
        }
    }

    private static Job job(JsonNode note) {
        Job job = new Job(note.path("job").asInt(), note.path("component").asText(Job.TASK_MANAGER));
        JsonNode start = note.path("startTime");
        job.remember(note.path("type").asText(null), start.isNumber() ? (Long) start.longValue() : null);
        return job;
    }

    private void giveUp(IOException reason) {
        progress.say("The note of the running job could not be kept, so a retry cannot take it over: " + reason);
        file = null;
    }

    private static String scriptHash(List<String> texts, int number) {
        return hash(texts.subList(0, number).toArray(new String[0]), true);
    }

    private static String hash(String[] texts, boolean withLengths) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String text : texts) {
                byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
                if (withLengths) {
                    digest.update((encoded.length + ":").getBytes(StandardCharsets.US_ASCII));
                }
                digest.update(encoded);
            }
            StringBuilder hex = new StringBuilder();
            for (byte part : digest.digest()) {
                hex.append(String.format("%02x", part));
            }
            return hex.toString();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("Every Java has SHA-256", impossible);
        }
    }

    /** Where an earlier attempt was. */
    static final class Earlier {

        private final int statement;
        private final Job job;

        Earlier(int statement, Job job) {
            this.statement = statement;
            this.job = job;
        }

        /** The number of the statement that waits for the job. */
        int statement() {
            return statement;
        }

        Job job() {
            return job;
        }
    }
}
