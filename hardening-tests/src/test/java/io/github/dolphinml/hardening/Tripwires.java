/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A folder of programs that is the whole PATH of a run: a Python that records how it was started, bash, env and setsid
 * for the launcher and the keeper, and under every name that a hostile text calls one that tells on it.
 */
final class Tripwires {

    private static final List<String> TOLD_ON = Arrays.asList(
            "touch", "id", "rm", "sh", "cat", "curl", "mlflow", "docker", "papermill", "conda", "word", "x");

    /** Says its argument list and its environment; started to build an environment, it continues as if it had built it. */
    private static final String PYTHON = "#!/bin/bash\n"
            + "record=%s/record.$(( $(/bin/ls %s | /usr/bin/wc -l) ))\n"
            + "/bin/mkdir \"$record\"\n"
            + "printf '%%s\\0' \"$0\" \"$@\" > \"$record/argv\"\n"
            + "/bin/cp \"/proc/$$/environ\" \"$record/environ\"\n"
            + "if [ \"${1-}\" = -E ]; then\n"
            + "  export DOLPHINML_PREPARED=$DOLPHINML_RUN:%s\n"
            + "  exec \"${@:5}\"\n"
            + "fi\n";

    private final Path programs;
    private final Path records;
    private final Path environment;

    /**
     * @param directory an empty one
     */
    Tripwires(Path directory) throws IOException {
        programs = Files.createDirectories(directory.resolve("programs"));
        records = Files.createDirectories(directory.resolve("records"));
        environment = directory.resolve("built environment");
        for (String name : Arrays.asList("bash", "env", "setsid")) {
            Files.createSymbolicLink(programs.resolve(name), Path.of("/usr/bin", name));
        }
        for (String name : TOLD_ON) {
            write(programs.resolve(name), "#!/bin/bash\n/bin/mkdir -p " + records + "/tripped." + name + "\n");
        }
        recorder(programs.resolve("python3"));
        recorder(Files.createDirectories(environment.resolve("bin")).resolve("python"));
    }

    /** Makes a Python that records how it was started. */
    void recorder(Path program) throws IOException {
        write(program, String.format(PYTHON, records, records, "'" + environment + "'"));
    }

    private static void write(Path program, String script) throws IOException {
        Files.write(program, script.getBytes(StandardCharsets.UTF_8));
        program.toFile().setExecutable(true);
    }

    Path path() {
        return programs;
    }

    /** The environment that is taken for the one that was built. */
    Path environment() {
        return environment;
    }

    /** How Python was started, each time since the last call; fails if anything else was. */
    List<List<String>> starts() throws IOException {
        List<List<String>> starts = new ArrayList<>();
        List<Path> found;
        try (Stream<Path> list = Files.list(records)) {
            found = list.sorted().collect(Collectors.toList());
        }
        for (Path record : found) {
            if (record.getFileName().toString().startsWith("tripped")) {
                throw new AssertionError("something ran: " + record.getFileName());
            }
            starts.add(words(record.resolve("argv")));
        }
        return starts;
    }

    /** The environment of the last start. */
    List<String> variables(int start) throws IOException {
        return words(records.resolve("record." + start).resolve("environ"));
    }

    /** Forgets all records. */
    void forget() throws IOException {
        try (Stream<Path> walked = Files.walk(records)) {
            for (Path path : walked.sorted(Collections.reverseOrder()).collect(Collectors.toList())) {
                if (!path.equals(records)) {
                    Files.delete(path);
                }
            }
        }
    }

    private static List<String> words(Path file) throws IOException {
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        List<String> words = new ArrayList<>(Arrays.asList(text.split("\0", -1)));
        words.remove(words.size() - 1);
        return words;
    }
}
