/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A line of DolphinScheduler: 3.1 by its own jars, the others by stand-ins that have the line's signatures and as much
 * behaviour as a plugin meets. Each is compiled by itself and has a class loader of its own, beside the jars that we
 * ship, so what a line lacks is missing here as it would be there.
 */
enum Line {
    V3_1("3.1", "server", "3.1"),
    V3_2_0("3.2.0", "all", "to-3.2", "server", "server-from-3.2", "3.2.0"),
    V3_2_2("3.2.2", "all", "to-3.2", "3.2.2-to-3.3", "server", "server-from-3.2", "3.2.2"),
    V3_3("3.3", "all", "from-3.3", "3.2.2-to-3.3", "server", "server-from-3.2", "3.3"),
    V3_4("3.4", "all", "from-3.3", "server", "server-from-3.2", "3.4"),
    /** Not a line that is known, and one that the plugins can work with. */
    FITTING("of a later shape", "all", "from-3.3", "server", "server-from-3.2", "3.4", "unknown-fitting"),
    /** One that they cannot work with. */
    FOREIGN("of a foreign shape", "all", "from-3.3", "server", "server-from-3.2", "3.4", "unknown-foreign");

    private static final Path SOURCES = Paths.get("src/lines");
    private static final Path CLASSES = Paths.get("target/lines");

    private final String label;
    private final List<String> sourceSets;
    private Path compiled;

    Line(String label, String... sourceSets) {
        this.label = label;
        this.sourceSets = Arrays.asList(sourceSets);
    }

    /** The lines that the plugins are made for. */
    static List<Line> supported() {
        return Arrays.asList(V3_1, V3_2_0, V3_2_2, V3_3, V3_4);
    }

    @Override
    public String toString() {
        return label;
    }

    /** Where the line's classes are: a folder of stand-ins, before that the line's jars. */
    synchronized List<Path> classPath() {
        if (compiled == null) {
            compiled = CLASSES.resolve(name());
            compile();
        }
        List<Path> path = new ArrayList<>(libraries());
        path.add(compiled);
        return path;
    }

    /** A server with our jars, in a class loader that sees nothing else of the build. */
    LineServer server(Path... more) {
        List<Path> path = new ArrayList<>(classPath());
        path.addAll(ShippedJars.all());
        path.add(Paths.get("target/classes"));
        path.addAll(Arrays.asList(more));
        try {
            ClassLoader loader = new URLClassLoader(path.stream().map(Line::url).toArray(URL[]::new), onlyShared());
            Thread.currentThread().setContextClassLoader(loader);
            return (LineServer)
                    loader.loadClass("standin.Server").getConstructor().newInstance();
        } catch (ReflectiveOperationException broken) {
            throw new IllegalStateException("the stand-in of " + label + " does not start", broken);
        }
    }

    /** What the servers have on their class path; DolphinScheduler itself only for 3.1, whose jars can be had. */
    private List<Path> libraries() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Paths::get)
                .filter(entry -> entry.toString().endsWith(".jar"))
                .filter(entry -> this == V3_1 ? !isOurs(entry) : isLibrary(entry))
                .collect(Collectors.toList());
    }

    private static boolean isOurs(Path jar) {
        return jar.getFileName().toString().contains("dolphinml");
    }

    private static boolean isLibrary(Path jar) {
        return jar.getFileName().toString().matches("(jackson-(core|databind|annotations)|slf4j-api|logback-.*)-\\d.*");
    }

    private void compile() {
        Map<String, Path> files = new LinkedHashMap<>();
        sourceSets.forEach(set -> collect(SOURCES.resolve(set), files));
        List<String> options = new ArrayList<>(Arrays.asList("-nowarn", "-proc:none", "-classpath"));
        options.add(Stream.concat(libraries().stream(), Stream.of(Paths.get("target/test-classes")))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator)));
        options.addAll(Arrays.asList("-d", compiled.toString()));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            clear(compiled);
            List<Path> sources = new ArrayList<>();
            for (Map.Entry<String, Path> file : files.entrySet()) {
                if (file.getKey().endsWith(".java")) {
                    sources.add(file.getValue());
                } else {
                    Files.createDirectories(compiled.resolve(file.getKey()).getParent());
                    Files.copy(file.getValue(), compiled.resolve(file.getKey()));
                }
            }
            StringWriter said = new StringWriter();
            if (!compiler.getTask(said, manager, null, options, null, manager.getJavaFileObjectsFromPaths(sources))
                    .call()) {
                throw new IllegalStateException("the stand-ins of " + label + " do not compile:\n" + said);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A later source set takes the place of an earlier one's file. */
    private static void collect(Path set, Map<String, Path> files) {
        try (Stream<Path> found = Files.walk(set)) {
            found.filter(Files::isRegularFile)
                    .forEach(file -> files.put(set.relativize(file).toString(), file));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static void clear(Path directory) throws IOException {
        if (Files.exists(directory)) {
            List<Path> entries;
            try (Stream<Path> found = Files.walk(directory)) {
                entries = found.sorted(java.util.Comparator.reverseOrder()).collect(Collectors.toList());
            }
            for (Path entry : entries) {
                Files.delete(entry);
            }
        }
        Files.createDirectories(directory);
    }

    /** The JDK, and the types by which a test talks to a line. */
    private static ClassLoader onlyShared() {
        return new ClassLoader(ClassLoader.getPlatformClassLoader()) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                if (name.startsWith("io.github.dolphinml.compatibility.")) {
                    return Line.class.getClassLoader().loadClass(name);
                }
                throw new ClassNotFoundException(name);
            }
        };
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
