/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** The version of DolphinScheduler that this server is of, as its jars say. */
public final class DsVersion {

    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\b.*");
    private static final int MAJOR = 3;
    private static final int OLDEST_MINOR = 1;
    private static final int NEWEST_MINOR = 4;

    private DsVersion() {}

    /** The version's text, as in {@code 3.2.2}; empty if the jars do not say. */
    public static Optional<String> running() {
        return Optional.ofNullable(TaskExecutionContext.class.getPackage()).map(Package::getImplementationVersion);
    }

    /** A sentence for a version that these plugins were not made for; empty for those that they were. */
    public static Optional<String> warning(String version) {
        Matcher numbers = NUMBERS.matcher(version);
        if (!numbers.matches()) {
            return Optional.empty();
        }
        int major = Integer.parseInt(numbers.group(1));
        int minor = Integer.parseInt(numbers.group(2));
        if (major == MAJOR && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR) {
            return Optional.empty();
        }
        boolean newer = major > MAJOR || major == MAJOR && minor > NEWEST_MINOR;
        return Optional.of("This is DolphinScheduler " + version + ", and these plugins know 3.1 to 3.4; assumed that"
                + " it works like " + (newer ? "3.4." : "3.1."));
    }
}
