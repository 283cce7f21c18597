package io.github.dolphinml.common.validate;

import java.util.ArrayList;
import java.util.List;

/** Collects faults and warnings while a task's input is read, so that the user sees all of them at once. */
public final class Problems {

    private static final int LONGEST_SHOWN_VALUE = 200;

    private final List<FieldProblem> faults = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /** Records a fault, once; see {@link FieldProblem} for the three parts of its sentence. */
    public void add(String field, String wrong, String right) {
        FieldProblem fault = new FieldProblem(field, wrong, right);
        if (faults.stream().noneMatch(known -> known.sentence().equals(fault.sentence()))) {
            faults.add(fault);
        }
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

    /** A value as a sentence shows it: in quotes, on one line, and not longer than people read. */
    public static String shown(String value) {
        String line = value.replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0");
        if (line.length() > LONGEST_SHOWN_VALUE) {
            line = line.substring(0, LONGEST_SHOWN_VALUE) + "...";
        }
        return '"' + line + '"';
    }
}
