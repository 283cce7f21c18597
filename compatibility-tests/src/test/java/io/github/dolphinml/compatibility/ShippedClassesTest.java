/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The class files of the jars that users get: what they refer to in each line, for which Java they are, whose they are. */
class ShippedClassesTest {

    private static final String API = "org/apache/dolphinscheduler/plugin/task/api/";
    private static final int JAVA_8 = 52;

    /**
     * What only some lines have, and where it is named. The JVM looks it up when that code runs, and the lines that lack
     * it never call that code.
     */
    private static final Set<String> LOOKED_UP_LATE = Set.of(
            "io/github/dolphinml/common/task/MlTaskChannel -> " + API + "parameters/ParametersNode",
            "io/github/dolphinml/common/task/MlTaskChannel -> " + API
                    + "parameters/ParametersNode.getTaskParams()Ljava/lang/String;");

    private static final List<String> ALLOWED_ENTRIES = Arrays.asList(
            "io/github/dolphinml/.*",
            "dolphinml/[a-z].*",
            "META-INF/MANIFEST\\.MF",
            "META-INF/(LICENSE|NOTICE)(\\.txt)?",
            "META-INF/maven/io\\.github\\.dolphinml/.*",
            "META-INF/services/org\\.apache\\.dolphinscheduler\\.plugin\\.task\\.api\\.TaskChannelFactory");

    static List<Line> supported() {
        return Line.supported();
    }

    static List<Path> jars() {
        return ShippedJars.all();
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void everyClassAndMemberThatTheJarsNameIsThere(Line line) throws Exception {
        List<String> missing = missing(line, new ArrayList<>());
        missing.removeAll(LOOKED_UP_LATE);
        assertEquals(Collections.emptyList(), missing);
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @EnumSource(
            value = Line.class,
            names = {"V3_3", "V3_4"})
    void theCheckFindsWhatALineLacks(Line line) throws Exception {
        List<String> missing = missing(line, new ArrayList<>());
        assertTrue(missing.containsAll(LOOKED_UP_LATE), missing.toString());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void nothingIsLeftAbstract(Line line) throws Exception {
        ClassSpace space = space(line);
        List<String> missing = new ArrayList<>();
        for (Path jar : ShippedJars.all()) {
            classes(jar).keySet().forEach(name -> space.missingImplementations(name)
                    .forEach(method -> missing.add(name + " lacks " + method)));
        }
        assertEquals(Collections.emptyList(), missing);
    }

    @ParameterizedTest
    @MethodSource("jars")
    void everyClassIsForJava8(Path jar) throws Exception {
        Map<String, byte[]> classes = classes(jar);
        classes.forEach((name, file) -> assertEquals(JAVA_8, file[7], name));
    }

    @ParameterizedTest
    @MethodSource("jars")
    void nothingIsInAJarThatCouldMeetSomethingElseOnTheServersClassPath(Path jar) throws Exception {
        List<String> foreign = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            file.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(JarEntry::getName)
                    .filter(name -> ALLOWED_ENTRIES.stream().noneMatch(name::matches))
                    .forEach(foreign::add);
            assertTrue(file.getEntry("META-INF/LICENSE") != null, "no licence in " + jar);
            assertTrue(file.getEntry("META-INF/NOTICE") != null, "no notice in " + jar);
        }
        assertEquals(Collections.emptyList(), foreign);
    }

    @ParameterizedTest
    @MethodSource("jars")
    void noTwoJarsHaveTheSameFile(Path jar) throws Exception {
        Set<String> own = classes(jar).keySet();
        for (Path other : ShippedJars.all()) {
            if (!other.equals(jar)) {
                Set<String> both = new TreeSet<>(own);
                both.retainAll(classes(other).keySet());
                assertEquals(Collections.emptySet(), both, jar + " and " + other);
            }
        }
    }

    private static List<String> missing(Line line, List<String> missing) throws IOException {
        ClassSpace space = space(line);
        for (Path jar : ShippedJars.all()) {
            classes(jar).forEach((name, file) -> {
                ClassReferences references = ClassReferences.of(file);
                references.types().stream()
                        .filter(type -> !space.hasType(type))
                        .forEach(type -> missing.add(name + " -> " + type));
                references.members().stream()
                        .filter(member -> !space.hasMember(member))
                        .forEach(member -> missing.add(name + " -> " + member));
            });
        }
        return missing;
    }

    private static ClassSpace space(Line line) throws IOException {
        List<Path> path = new ArrayList<>(line.classPath());
        path.addAll(ShippedJars.all());
        List<URL> urls = new ArrayList<>();
        for (Path entry : path) {
            urls.add(entry.toUri().toURL());
        }
        return new ClassSpace(urls);
    }

    private static Map<String, byte[]> classes(Path jar) throws IOException {
        Map<String, byte[]> classes = new TreeMap<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : file.stream().collect(Collectors.toList())) {
                if (entry.getName().endsWith(".class")) {
                    String name = entry.getName().substring(0, entry.getName().length() - ".class".length());
                    classes.put(name, file.getInputStream(entry).readAllBytes());
                }
            }
        }
        return classes;
    }
}
