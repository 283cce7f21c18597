/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.data;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionType;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.option.SecretReference;

/** The options of everything that reads versions of data. They begin with {@code dvc}, on nodes of all types. */
public final class DataOptions {

    private static final int MOST_JOBS = 1000;

    /** The environment with DVC. */
    public static final Option<String> ENVIRONMENT = Option.named("environment", OptionType.text())
            .help("Environment whose Python has DVC and the extra for the store: in any form that `condaEnvName`"
                    + " accepts, or the package itself, as in `dvc[s3]` or `dvc[s3]==3.67.1`, from which each worker"
                    + " builds and caches an environment. Without it, the Python on PATH or, on a JUPYTER or MLFLOW"
                    + " node, that node's environment.");

    /** The store's name. */
    public static final Option<String> REMOTE = Option.named("remote", OptionType.text())
            .help("Name of the DVC remote to use as the store; default: the repository's default remote, and"
                    + " `origin` for `Init DVC`.");

    /** How many files are transferred at a time. */
    public static final Option<Integer> JOBS = Option.named("jobs", OptionType.wholeNumber("files", 1, MOST_JOBS))
            .help("How many files are transferred at a time; without it, DVC's default for the type of store.");

    /** The user for Git. */
    public static final Option<String> GIT_USER = Option.named("gitUser", OptionType.text())
            .help("User for a Git repository over HTTP; some servers accept any name with a token.");

    /** The password for Git. */
    public static final Option<String> GIT_PASSWORD = Option.named("gitPassword", OptionType.text())
            .secret()
            .help("Password or token for a Git repository over HTTP; passed to git through its environment.");

    /** Where the data that this worker has fetched is kept. */
    public static final Option<String> CACHE_DIRECTORY = Option.named("cacheDir", OptionType.text())
            .operatorOnly()
            .help(
                    "Directory on each worker in which downloaded data is cached, separately for each tenant, so that"
                            + " the next task that needs the same version does not download it; without it, nothing is cached.");

    /** How large that may grow. */
    public static final Option<Long> CACHE_LIMIT = Option.named("cacheLimit", OptionType.size())
            .operatorOnly()
            .help("Above this size, the least recently used data is removed from `ml.dvc.cacheDir`; without it,"
                    + " nothing is removed.");

    /** How data comes out of the cache. */
    public static final Option<String> LINK = Option.named("link", OptionType.choice("auto", "copy"))
            .defaultsTo("auto")
            .help("How data is taken from `ml.dvc.cacheDir`: `auto` shares blocks if the file system supports it,"
                    + " else creates read-only hard links; `copy` creates copies that a task may change.");

    private DataOptions() {}

    /** A credential for a program's request: the value, or the reference to a secret that it is; null without one. */
    public static Object credential(OptionValues options, Option<String> option) {
        return options.find(option)
                .map(text -> SecretReference.inRequest("dvc." + option.name(), text))
                .orElse(null);
    }
}
