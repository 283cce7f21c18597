package io.github.dolphinml.common.ds;

import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The DolphinScheduler lines that differ in how a task runs a command, told apart by what their classes offer. */
public enum DsLine {
    /** 3.1.x: the shell executor runs a text. */
    V3_1("3.1", 3),
    /** 3.2.0: the shell executor takes a script builder, and is given the task's logger. */
    V3_2_0("3.2.0", 3),
    /** 3.2.1 to 3.3.x: the shell executor is no longer given a logger. */
    V3_2_2("3.2.1 to 3.3", 2),
    /** 3.4 and later: the shell executor logs by itself. */
    V3_4("3.4", 1);

    private final String label;
    private final int constructorParameters;

    DsLine(String label, int constructorParameters) {
        this.label = label;
        this.constructorParameters = constructorParameters;
    }

    /** The line as its users call it. */
    public String label() {
        return label;
    }

    /** How many parameters the constructor of the line's shell executor has. */
    int constructorParameters() {
        return constructorParameters;
    }

    /**
     * The line to which a shell executor belongs.
     *
     * @throws IllegalStateException if it is of no known line; the message tells what was found
     */
    static DsLine of(Class<?> executor) {
        boolean runsText = Arrays.stream(executor.getMethods())
                .anyMatch(method -> method.getName().equals("run")
                        && method.getParameterCount() == 1
                        && method.getParameterTypes()[0] == String.class);
        List<Integer> counts = Arrays.stream(executor.getConstructors())
                .map(Constructor::getParameterCount)
                .collect(Collectors.toList());
        if (runsText) {
            return V3_1;
        }
        for (DsLine line : Arrays.asList(V3_2_0, V3_2_2, V3_4)) {
            if (counts.contains(line.constructorParameters)) {
                return line;
            }
        }
        throw new IllegalStateException("The shell executor of this DolphinScheduler has constructors with " + counts
                + " parameters and is of no line that these plugins know (3.1 to 3.4).");
    }
}
