/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.environment;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionType;

/** The options of environments that are built from a file which comes with the task. */
public final class EnvironmentOptions {

    /** Where built environments are kept. */
    public static final Option<String> CACHE_DIRECTORY = Option.named("cacheDir", OptionType.text())
            .operatorOnly()
            .help("Directory on each worker in which built environments are cached, separately for each tenant;"
                    + " default: `~/.cache/dolphinml/environments` of the task's user.");

    /** How large the cache may grow. */
    public static final Option<Long> CACHE_LIMIT = Option.named("cacheLimit", OptionType.size())
            .operatorOnly()
            .help("Above this size, the least recently used environments are removed, but never one in use; without"
                    + " it, nothing is removed.");

    /** Whether the environment is rebuilt. */
    public static final Option<Boolean> REFRESH = Option.named("refresh", OptionType.flag())
            .defaultsTo("false")
            .help("Rebuilds the environment even if one with the same content exists.");

    /** What builds an environment. */
    public static final Option<String> BUILDER = Option.named(
                    "builder", OptionType.choice("auto", "uv", "venv", "conda", "mamba", "micromamba"))
            .defaultsTo("auto")
            .help("The tool that builds the environment; `auto` uses the first available of uv, venv and conda for"
                    + " requirements, and of micromamba, mamba and conda for environment files.");

    /** Which Python a built environment has. */
    public static final Option<String> PYTHON = Option.named("python", pythonVersion())
            .help("The Python version of an environment built from requirements, as in `3.10`; without it, the"
                    + " Python on PATH.");

    /** The options that begin with {@code environment}. */
    public static final OptionCatalogue CATALOGUE =
            new OptionCatalogue("environment", CACHE_DIRECTORY, CACHE_LIMIT, REFRESH, BUILDER, PYTHON);

    private EnvironmentOptions() {}

    private static OptionType<String> pythonVersion() {
        return OptionType.of("version", "use a version as in 3.10", value -> {
            if (!value.matches("3\\.\\d{1,2}(\\.\\d{1,2})?")) {
                throw new IllegalArgumentException(value);
            }
            return value;
        });
    }
}
