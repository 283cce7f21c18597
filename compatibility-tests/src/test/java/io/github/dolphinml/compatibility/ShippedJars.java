/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The jars that users get, as the build has just made them. */
final class ShippedJars {

    private static final String SERVICE =
            "META-INF/services/org.apache.dolphinscheduler.plugin.task.api.TaskChannelFactory";

    private ShippedJars() {}

    /** All of them: what is shared, and the plugins. */
    static List<Path> all() {
        String version = System.getProperty("shipped.version");
        try (Stream<Path> modules = Files.list(Paths.get(System.getProperty("shipped.root")))) {
            List<Path> jars = modules.filter(
                            module -> module.getFileName().toString().startsWith("task-"))
                    .map(module -> module.resolve("target/dolphinml-" + module.getFileName() + "-" + version + ".jar"))
                    .sorted()
                    .collect(Collectors.toList());
            for (Path jar : jars) {
                if (!Files.exists(jar)) {
                    throw new IllegalStateException(jar + " is missing; run mvn package");
                }
            }
            return jars;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The task types that they serve: the name of each factory's class. */
    static List<String> factories() {
        return all().stream().flatMap(jar -> factories(jar).stream()).collect(Collectors.toList());
    }

    private static List<String> factories(Path jar) {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.getEntry(SERVICE) == null
                    ? List.of()
                    : new String(file.getInputStream(file.getEntry(SERVICE)).readAllBytes())
                            .lines()
                            .map(String::trim)
                            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                            .collect(Collectors.toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
