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
            .help("Environment whose Python has OpenMLDB's SDK (`pip install openmldb`), in any form that"
                    + " `condaEnvName` accepts; without it, the Python in `PYTHON_LAUNCHER` or `PYTHON_HOME`, or the"
                    + " one on PATH.");

    /** The API server to use instead of the SDK. */
    public static final Option<ApiServer> API_SERVER = Option.named(
                    "apiServer", OptionType.of("host:port", "use the address as host:port", ApiServer::of))
            .help("OpenMLDB's API server: statements are sent to it, any Python 3.7 or newer is enough, and `zk`"
                    + " and `zkPath` are not used.");

    /** How long a job may run. */
    public static final Option<Integer> JOB_TIMEOUT = Option.named(
                    "jobTimeout", OptionType.wholeNumber("seconds", 1, Integer.MAX_VALUE))
            .help("How long each job may run; one that runs longer is stopped, and the task fails. Without it, only"
                    + " the node's own time-out ends a job.");

    /** How often a job's state is queried. */
    public static final Option<Integer> POLL_INTERVAL = Option.named(
                    "pollInterval", OptionType.wholeNumber("seconds", 1, LONGEST_POLL))
            .defaultsTo("5")
            .help("Seconds between two queries of a running job's state; the first queries come sooner.");

    /** Where the rows of SELECT statements are saved. */
    public static final Option<String> RESULT_CSV = Option.named("resultCsv", OptionType.text())
            .defaultsTo("false")
            .help("Saves all rows of each SELECT in online mode as `statement-N.csv`, where N is the statement's"
                    + " number: `true` saves them in the task's directory, a path in that folder.");

    /** OpenMLDB's user. */
    public static final Option<String> USER =
            Option.named("user", OptionType.text()).help("OpenMLDB user for the SDK; without it, the SDK's default.");

    /** The user's password. */
    public static final Option<String> PASSWORD =
            Option.named("password", OptionType.text()).secret().help("Password of `openmldb.user`.");

    /** The folder with the records of running jobs. */
    public static final Option<String> RECORD_DIRECTORY = Option.named("recordDir", OptionType.text())
            .operatorOnly()
            .help("Folder in which running jobs are recorded, so that a retry takes over a job that still runs;"
                    + " with a folder shared by all workers, this also works after a failover. Default:"
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
