/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

/** What the tasks of the storm run with. */
final class StormPlaces {

    private StormPlaces() {}

    /** A Python environment with papermill, kernels and MLflow; null if none is named. */
    static String python() {
        return System.getenv("DOLPHINML_TEST_ENVIRONMENT");
    }

    /** The root of this project. */
    static Path project() {
        return Paths.get("..").toAbsolutePath().normalize();
    }

    /** A copy of a file of the test's resources. */
    static Path copy(String name, Path folder) throws IOException {
        Path copy = folder.resolve(name);
        try (InputStream stream = StormPlaces.class.getResourceAsStream("/storm/" + name)) {
            Files.write(copy, stream.readAllBytes());
        }
        return copy;
    }

    static Path write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
