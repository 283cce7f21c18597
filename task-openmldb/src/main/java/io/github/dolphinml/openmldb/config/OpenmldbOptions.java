/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionType;

/** Options of an OPENMLDB node beyond the form's fields. */
public final class OpenmldbOptions {

    private static final int LONGEST_POLL = 3600;

    /** The environment with the SDK. */
    public static final Option<String> ENVIRONMENT = Option.named("environment", OptionType.text())
            .help(
                    "Environment whose Python has OpenMLDB's SDK (`pip install openmldb`), in the forms of `condaEnvName`;"
                            + " without it the Python that `PYTHON_LAUNCHER` or `PYTHON_HOME` names, or the one on PATH.");

    /** The API server that is used instead of the SDK. */
    public static final Option<ApiServer> API_SERVER = Option.named(
                    "apiServer", OptionType.of("host:port", "use the address as host:port", ApiServer::of))
            .help(
                    "OpenMLDB's API server: the statements go to it, any Python 3.7 or newer will do, and `zk` and `zkPath`"
                            + " are not used.");

    /** How long a job may run. */
    public static final Option<Integer> JOB_TIMEOUT = Option.named(
                    "jobTimeout", OptionType.wholeNumber("seconds", 1, Integer.MAX_VALUE))
            .help("How long each job may run; one that runs longer is stopped and fails the task. Without it only the"
                    + " node's own time-out ends it.");

    /** How often a job's state is queried. */
    public static final Option<Integer> POLL_INTERVAL = Option.named(
                    "pollInterval", OptionType.wholeNumber("seconds", 1, LONGEST_POLL))
            .defaultsTo("5")
            .help("How many seconds lie between two looks at a running job; the first ones come sooner.");

    /** Where the rows of SELECT statements are saved. */
    public static final Option<String> RESULT_CSV = Option.named("resultCsv", OptionType.text())
            .defaultsTo("false")
            .help("Saves all rows of each SELECT in online mode as `statement-N.csv`, N being the statement's number:"
                    + " `true` in the task's directory, a path in that folder.");

    /** OpenMLDB's user. */
    public static final Option<String> USER =
            Option.named("user", OptionType.text()).help("User of OpenMLDB for the SDK; without it the SDK's default.");

    /** The user's password. */
    public static final Option<String> PASSWORD =
            Option.named("password", OptionType.text()).secret().help("Password of `openmldb.user`.");

    /** Where running jobs are noted. */
    public static final Option<String> RECORD_DIRECTORY = Option.named("recordDir", OptionType.text())
            .operatorOnly()
            .help(
                    "Folder in which running jobs are noted, so that a retry takes over one that still runs; a folder that"
                            + " all workers share makes that work after a fail-over too. Without it"
                            + " `~/.cache/dolphinml/openmldb` of the task's user.");

    /** The options that begin with {@code openmldb}. */
    public static final OptionCatalogue CATALOGUE = new OptionCatalogue(
            "openmldb",
            ENVIRONMENT,
            API_SERVER,
            JOB_TIMEOUT,
            POLL_INTERVAL,
            RESULT_CSV,
            USER,
            PASSWORD,
            RECORD_DIRECTORY);

    private OpenmldbOptions() {}
}
