/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** Removes a directory with all that is in it, past what cannot be removed. */
final class Removal extends SimpleFileVisitor<Path> {

    private final List<String> left = new ArrayList<>();

    private Removal() {}

    /**
     * Removes a directory.
     *
     * @return what could not be removed, and why; not the folders around it
     */
    static List<String> of(Path directory) throws IOException {
        Removal removal = new Removal();
        Files.walkFileTree(directory, removal);
        return removal.left;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        return remove(file);
    }

    /** A folder that cannot be read can be removed if it is empty. */
    @Override
    public FileVisitResult visitFileFailed(Path entry, IOException unreadable) {
        try {
            Files.deleteIfExists(entry);
        } catch (IOException failed) {
            left.add(entry + ": " + reason(unreadable));
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException unreadable) {
        return remove(directory);
    }

    private FileVisitResult remove(Path entry) {
        try {
            Files.deleteIfExists(entry);
        } catch (DirectoryNotEmptyException full) {
            // What is in it has been named already, unless it came just now.
            if (left.isEmpty()) {
                left.add(entry + ": not empty");
            }
        } catch (IOException failed) {
            left.add(entry + ": " + reason(failed));
        }
        return FileVisitResult.CONTINUE;
    }

    private static String reason(IOException failed) {
        if (failed instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = failed instanceof FileSystemException ? ((FileSystemException) failed).getReason() : null;
        return reason == null ? failed.toString() : reason;
    }
}
