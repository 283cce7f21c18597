/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs of the same task of the same workflow instance that no worker has brought to an end: a worker that was killed
 * leaves its control directory, and perhaps processes. DolphinScheduler then restarts the task, and the two must
 * not write to the same places.
 */
final class FormerRuns {

    private static final String RECORD = "run";
    private static final String MARKER = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final ControlDirectory control;
    private final RunUser user;
    private final String key;

    /**
     * @param control the directory of the new run
     * @param key what the new run shares with previous runs of the same task, and with nothing else: the id of the
     *     workflow instance, a slash, the task's name
     */
    FormerRuns(ControlDirectory control, RunUser user, String key) {
        this.control = control;
        this.user = user;
        this.key = key;
    }

    /** What a later run reads if this one is not brought to its end. */
    static StagedFile record(String marker, String key) {
        return StagedFile.text(RECORD, marker + "\n" + key, FileMode.READABLE);
    }

    /**
     * Ends all processes left by previous runs and removes their files.
     *
     * @return a sentence for each of them
     */
    List<String> end() throws IOException {
        List<String> ended = new ArrayList<>();
        Path neighbours = control.workingDirectory().getParent();
        if (neighbours == null || !isOfThisWorkflowInstance(neighbours) && !isOfAllTasks(neighbours)) {
            return ended;
        }
        for (Path workingDirectory : folders(neighbours, "*")) {
            for (Path folder : folders(workingDirectory, ControlDirectory.PREFIX + "*")) {
                Optional<String> marker = marker(folder);
                if (marker.isPresent()) {
                    String killed = new RunStopper(user, marker.get()).stop(GRACE);
                    ended.add("A previous run of this task, of task instance " + workingDirectory.getFileName()
                            + ", was lost by its worker; what was left of it has been ended and"
                            + " removed" + unlessLeft(folder) + (killed.isEmpty() ? "" : " " + killed));
                }
            }
        }
        return ended;
    }

    /** Up to 3.2 the working directories of a workflow instance's tasks lie side by side in a folder of its id. */
    private boolean isOfThisWorkflowInstance(Path folder) {
        return key.startsWith(folder.getFileName() + "/");
    }

    /** From 3.3 on those of all tasks of a worker do. */
    private static boolean isOfAllTasks(Path folder) {
        return folder.endsWith(Paths.get("exec", "process"));
    }

    /** Removes a directory; ends the sentence that says so. */
    private String unlessLeft(Path folder) {
        try {
            new ControlDirectory(folder, user).delete();
            return ".";
        } catch (IOException failed) {
            return ", except for this, which must be removed by hand: " + failed.getMessage() + ".";
        }
    }

    private static List<Path> folders(Path parent, String pattern) throws IOException {
        List<Path> folders = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, pattern)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    folders.add(entry);
                }
            }
        } catch (NoSuchFileException | AccessDeniedException | DirectoryIteratorException goneOrForeign) {
            // Another node has just ended and its worker removes its directory, or the directory belongs to another
            // tenant.
            return folders;
        }
        return folders;
    }

    /** The marker of the run whose control directory this is; empty if it is another task's, or just being removed. */
    private Optional<String> marker(Path folder) throws IOException {
        Path record = folder.resolve(RECORD);
        if (!Files.isRegularFile(record, LinkOption.NOFOLLOW_LINKS) || !Files.isReadable(record)) {
            return Optional.empty();
        }
        String text;
        try {
            text = new String(Files.readAllBytes(record), StandardCharsets.UTF_8);
        } catch (NoSuchFileException gone) {
            return Optional.empty();
        }
        String[] parts = text.split("\n", 2);
        boolean same = parts.length == 2 && parts[1].equals(key) && parts[0].matches(MARKER);
        return same ? Optional.of(parts[0]) : Optional.empty();
    }
}
