/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter.config;

import io.github.dolphinml.common.data.DataInput;
import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionType;
import java.util.List;
import java.util.regex.Pattern;

/** Options of a JUPYTER node beyond the form's fields. */
public final class JupyterOptions {

    private static final Pattern MODULE = Pattern.compile("[A-Za-z_]\\w*(\\.[A-Za-z_]\\w*)*");

    /** Whether a report is written next to the output notebook. */
    public static final Option<String> REPORT = Option.named("report", OptionType.choice("none", "html"))
            .defaultsTo("none")
            .help("`html` writes an HTML report, including plots, next to the output notebook, on success and on"
                    + " failure; the environment needs nbconvert.");

    /** Whether the report leaves out the code. */
    public static final Option<Boolean> REPORT_HIDE_INPUT = Option.named("report.hideInput", OptionType.flag())
            .defaultsTo("false")
            .help("Omits the code from the report, so that only text, tables and plots remain.");

    /** How strings among the parameters become values in the notebook. */
    public static final Option<String> PARAMETER_TYPES = Option.named(
                    "parameterTypes", OptionType.choice("exact", "guess"))
            .defaultsTo("exact")
            .help("`exact` passes JSON values to the notebook with their JSON types; `guess` converts strings that"
                    + " look like numbers or booleans, as the stock plugin does.");

    /** Parameters that are secret besides those with secret names. */
    public static final Option<List<String>> SECRET_PARAMETERS = Option.named("secretParameters", OptionType.list())
            .defaultsTo("")
            .help("Names of notebook parameters whose values are masked in the log, the output notebook and the"
                    + " report, in addition to those that match `ml.secrets.names`.");

    /** Whether processes that cells leave running outlive the task. */
    public static final Option<Boolean> KEEP_PROCESSES = Option.named("keepProcesses", OptionType.flag())
            .defaultsTo("false")
            .help("Lets background processes that a cell has started keep running after a successful run; otherwise"
                    + " they end with the task.");

    /** Whether a retried task starts at the last checkpoint. */
    public static final Option<Boolean> RESUME = Option.named("resume", OptionType.flag())
            .defaultsTo("true")
            .help("Lets a retry skip the cells up to the last completed one tagged `checkpoint`, except those"
                    + " tagged `always`; without such tags nothing is skipped.");

    /** How much of a cell's printed text the output notebook keeps. */
    public static final Option<Long> PRINT_LIMIT = Option.named("printLimit", OptionType.size())
            .defaultsTo("20MB")
            .lockable()
            .help("How much of a cell's printed output the output notebook keeps; the rest is only in the task's"
                    + " log, so that a cell that prints endlessly fills neither memory nor disk.");

    /** Whether kernels are forked from a process that has imported what they need. */
    public static final Option<Boolean> READY_KERNELS = Option.named("readyKernels", OptionType.flag())
            .defaultsTo("false")
            .lockable()
            .help("Keeps a process for each tenant and environment that has already imported the kernel, and forks"
                    + " the kernel of each task from it; see [ready kernels](jupyter.md#ready-kernels).");

    /** The libraries that this process imports besides the kernel. */
    public static final Option<List<String>> READY_LIBRARIES = Option.named("readyKernels.libraries", modules())
            .defaultsTo("")
            .lockable()
            .help("Modules that are also imported before the fork, as in `pandas,sklearn.linear_model`.");

    /** How long this process stays idle before it exits. */
    public static final Option<Integer> READY_MINUTES = Option.named(
                    "readyKernels.minutes", OptionType.wholeNumber("minutes", 1, 24 * 60))
            .defaultsTo("15")
            .lockable()
            .help("How long the process from which kernels are forked stays after the last of them has ended.");

    /** The versions of data that are fetched for a notebook. */
    public static final Option<List<DataInput>> DATA = DataInput.option();

    /** The options that begin with {@code jupyter}. */
    public static final OptionCatalogue CATALOGUE = new OptionCatalogue(
            "jupyter",
            REPORT,
            REPORT_HIDE_INPUT,
            PARAMETER_TYPES,
            SECRET_PARAMETERS,
            KEEP_PROCESSES,
            RESUME,
            PRINT_LIMIT,
            READY_KERNELS,
            READY_LIBRARIES,
            READY_MINUTES,
            DATA);

    private JupyterOptions() {}

    private static OptionType<List<String>> modules() {
        return OptionType.of("list", "use names of Python modules separated by commas", value -> {
            List<String> names = OptionType.list().parse(value);
            for (String name : names) {
                if (!MODULE.matcher(name).matches()) {
                    throw new IllegalArgumentException(name);
                }
            }
            return names;
        });
    }
}
