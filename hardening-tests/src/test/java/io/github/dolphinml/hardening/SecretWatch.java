/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Looks, again and again while a task runs, where another user of the machine could see a secret. */
final class SecretWatch implements AutoCloseable {

    private final String secret;
    private final Path place;
    private final Set<String> seen = new ConcurrentSkipListSet<>();
    private final Thread thread = new Thread(this::watch, "secret watch");
    private volatile boolean ended;
    private volatile int looks;
    private volatile boolean privateFileSeen;

    /**
     * @param secret a part of it that no spelling changes
     * @param place where the task's files are
     */
    SecretWatch(String secret, Path place) {
        this.secret = secret;
        this.place = place;
        thread.start();
    }

    private void watch() {
        while (!ended) {
            commandLines();
            files();
            looks++;
        }
    }

    private void commandLines() {
        try (Stream<Path> processes = Files.list(Paths.get("/proc"))) {
            processes
                    .filter(path -> path.getFileName().toString().matches("\\d+"))
                    .map(path -> read(path.resolve("cmdline")))
                    .filter(line -> line.contains(secret))
                    .forEach(line -> seen.add("command line: " + line.replace('\0', ' ')));
        } catch (IOException | UncheckedIOException gone) {
            // Processes come and go.
        }
    }

    /** A file with the secret has to be private in a private folder. */
    private void files() {
        for (String file : with()) {
            try {
                Path path = Paths.get(file);
                String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
                String folder = PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent()));
                privateFileSeen |= file.contains("/private/");
                if (!mode.equals("rw-------") || !folder.equals("rwx------")) {
                    seen.add(file + " " + mode + " in " + folder);
                }
            } catch (IOException gone) {
                // It was removed meanwhile.
            }
        }
    }

    /** The files below the place that hold the secret now. */
    Set<String> with() {
        try (Stream<Path> files = Files.walk(place)) {
            return files.filter(Files::isRegularFile)
                    .filter(path -> !path.getFileName().toString().equals("in.ipynb"))
                    .filter(path -> read(path).contains(secret))
                    .map(Path::toString)
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException | UncheckedIOException gone) {
            return new TreeSet<>();
        }
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException gone) {
            return "";
        }
    }

    /** What others could have seen; fails if it was not looked at all. */
    Set<String> seen() {
        if (looks < 10 || !privateFileSeen) {
            throw new AssertionError(looks + " looks, private file seen: " + privateFileSeen);
        }
        return seen;
    }

    /** As {@link #seen}, of a secret that no file of the task has, not even a private one. */
    Set<String> seenWithoutAnyFile() {
        if (looks < 10 || privateFileSeen) {
            throw new AssertionError(looks + " looks, private file seen: " + privateFileSeen);
        }
        return seen;
    }

    @Override
    public void close() {
        ended = true;
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
