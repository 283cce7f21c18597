package io.github.dolphinml.common.task;

import io.github.dolphinml.common.option.SecretNames;
import io.github.dolphinml.common.shell.ShellWords;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The secrets that a DolphinScheduler environment exports: {@code export DB_PASSWORD='...'}. */
final class EnvironmentSecrets {

    private static final Pattern EXPORT = Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_]\\w*=.*)");
    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Za-z_]\\w*)=(.*)", Pattern.DOTALL);

    /** Where a secret is, is none. */
    private static final Pattern PATH = Pattern.compile("~?(/[\\w.@-]+)+/?");

    private static final String NAMES_OF_PATHS = "(?i).*(FILE|PATH|DIR|HOME|CREDENTIALS)";

    private EnvironmentSecrets() {}

    /**
     * The values of exports whose names are secret.
     *
     * @param environment the shell text of a DolphinScheduler environment; may be null
     */
    static List<String> of(String environment, SecretNames names) {
        if (environment == null) {
            return Collections.emptyList();
        }
        List<String> values = new ArrayList<>();
        for (String line : environment.split("\\R")) {
            Matcher export = EXPORT.matcher(line);
            if (export.matches()) {
                words(export.group(1)).forEach(word -> addSecret(word, names, values));
            }
        }
        return values;
    }

    private static List<String> words(String assignments) {
        try {
            return ShellWords.split(assignments);
        } catch (IllegalArgumentException goesOnInTheNextLine) {
            return Collections.singletonList(assignments);
        }
    }

    private static void addSecret(String word, SecretNames names, List<String> values) {
        Matcher assignment = ASSIGNMENT.matcher(word);
        if (!assignment.matches() || !names.matches(assignment.group(1))) {
            return;
        }
        String value = assignment.group(2);
        boolean path = assignment.group(1).matches(NAMES_OF_PATHS)
                && PATH.matcher(value).matches();
        if (!path) {
            values.add(value);
        }
    }
}
