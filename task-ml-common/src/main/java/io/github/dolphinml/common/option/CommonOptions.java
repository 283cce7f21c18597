/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import java.util.List;

/** The operator's options that hold for all plugins. */
public final class CommonOptions {

    /** How large one output parameter may be. */
    public static final Option<Long> OUTPUT_LIMIT = Option.named("limit", OptionType.size())
            .defaultsTo("64KB")
            .operatorOnly()
            .help("The maximum size of an output parameter, in bytes of UTF-8; a task with a larger one fails.");

    /** Which words make a parameter's name secret. */
    public static final Option<List<String>> SECRET_NAMES = Option.named("names", OptionType.list())
            .defaultsTo("password,passwd,passphrase,pwd,secret,token,key,apikey,credential,credentials")
            .operatorOnly()
            .help("A parameter whose name contains one of these words (`db_password`, `apiKey`) is secret: its"
                    + " value is masked in logs and notebooks.");

    /** Where the secrets are that nodes refer to by name. */
    public static final Option<String> SECRET_DIRECTORY = Option.named("dir", OptionType.text())
            .operatorOnly()
            .help("Folder with the secrets that nodes refer to by name (`secret:warehouse/password`). Each user"
                    + " that runs tasks has a subfolder with the user's name and mode 0700, which contains a file for"
                    + " each secret.");

    /** The options that begin with {@code output}. */
    public static final OptionCatalogue OUTPUT = new OptionCatalogue("output", OUTPUT_LIMIT);

    /** The options that begin with {@code secrets}. */
    public static final OptionCatalogue SECRETS = new OptionCatalogue("secrets", SECRET_NAMES, SECRET_DIRECTORY);

    private CommonOptions() {}
}
