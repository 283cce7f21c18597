/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.validate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Collects faults and warnings while a task's input is read, so that the user sees all of them at once. */
public final class Problems {

    private static final int LONGEST_SHOWN_VALUE = 200;

    private final List<FieldProblem> faults = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    /** Of the address of a server, with what precedes it. */
    private static final Pattern PASSWORD = Pattern.compile("(://[^/@\\s]*?:)[^/\\s]+@");

    private final Set<String> unresolvedFields = new HashSet<>();

    /**
     * Records a fault, once; see {@link FieldProblem} for the three parts of its sentence. A field with an unresolved
     * placeholder has no other faults: they would be about the placeholder.
     */
    public void add(String field, String wrong, String right) {
        if (!unresolvedFields.contains(field)) {
            record(new FieldProblem(field, wrong, right));
        }
    }

    /** Records that a field refers to a parameter that has no value in this task. */
    public void addUnresolved(String field, String parameter) {
        unresolvedFields.add(field);
        record(new FieldProblem(
                field,
                "the parameter " + shownName(parameter) + " has no value here",
                "define it in the workflow or in this node, or declare it as OUT in a task that runs before this one (for"
                        + " DolphinScheduler 3.4 in both)"));
    }

    private void record(FieldProblem fault) {
        if (faults.stream().noneMatch(known -> known.sentence().equals(fault.sentence()))) {
            faults.add(fault);
        }
    }

    /** Warns that a text keeps a placeholder, because no parameter of that name has a value in this task. */
    public void warnUnresolved(String field, String parameter) {
        warn(field + ": the parameter " + shownName(parameter) + " has no value here; its placeholder stays in the text"
                + " as it is.");
    }

    private static String shownName(String parameter) {
        return parameter.matches("[\\w.-]{1,100}") ? parameter : shown(parameter);
    }

    /** Records, once, something that does not keep the task from running. */
    public void warn(String sentence) {
        if (!warnings.contains(sentence)) {
            warnings.add(sentence);
        }
    }

    /** Whether a fault was recorded. */
    public boolean any() {
        return !faults.isEmpty();
    }

    /** The warnings so far. */
    public List<String> warnings() {
        return new ArrayList<>(warnings);
    }

    /** Throws all recorded faults, if there are any. */
    public void throwIfAny() {
        if (any()) {
            throw new InvalidTaskException(faults);
        }
    }

    /**
     * A value as a sentence shows it: in quotes, on one line, without the passwords of its addresses, and not longer than
     * people read.
     */
    public static String shown(String value) {
        String open = PASSWORD.matcher(value).replaceAll("$1******@");
        String line = open.replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0");
        if (line.length() > LONGEST_SHOWN_VALUE) {
            line = line.substring(0, LONGEST_SHOWN_VALUE) + "...";
        }
        return '"' + line + '"';
    }
}
