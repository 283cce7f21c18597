/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionType;
import java.util.List;

/** Options of a KUBEFLOW node beyond the form's fields. */
public final class KubeflowOptions {

    private static final int LONGEST_POLL = 3600;

    private static final OptionType<List<EndRule>> RULES = OptionType.of(
            "rules",
            "use rules as in condition=Ready or jsonpath={.status.phase}=Done, separated by semicolons,"
                    + " each with a kind before it where it is for that kind only (Cluster: condition=Ready)",
            EndRule::list);

    /** The condition under which an object has succeeded. */
    public static final Option<List<EndRule>> SUCCESS = Option.named("success", RULES)
            .help("When an object of a kind that the task does not know has succeeded: `condition=NAME[=STATUS]` or"
                    + " `jsonpath={PATH}[=VALUE]` as in `kubectl wait --for`, or `applied` if existence is enough."
                    + " Separate several rules by `;`; one of them suffices. `KIND: RULE` applies to that kind only and"
                    + " replaces the task's own rule for it.");

    /** The condition under which an object has failed. */
    public static final Option<List<EndRule>> FAILURE =
            Option.named("failure", RULES).help("When such an object has failed, in the same notation.");

    /** What to do if an object that runs to completion already exists. */
    public static final Option<String> SAME_NAME = Option.named("sameName", OptionType.choice("fail", "replace"))
            .defaultsTo("fail")
            .help("What to do if a job of the same name exists that this workflow run did not start: `fail`, or"
                    + " `replace`, which deletes it first. Deployments and other services are always updated.");

    /** What to delete at the end. */
    public static final Option<String> CLEAN_UP = Option.named(
                    "cleanup", OptionType.choice("never", "success", "always"))
            .defaultsTo("never")
            .help("When to delete the objects that the task created, at its end. A kill and the task's time-out"
                    + " always delete them.");

    /** How long a finished job is kept. */
    public static final Option<Integer> TTL = Option.named(
                    "ttl", OptionType.wholeNumber("seconds", 0, Integer.MAX_VALUE))
            .help("How long the cluster keeps a finished job, for kinds that have a field for it (batch Job, Kubeflow's"
                    + " training jobs, RayJob, Workflow); a manifest that sets the field itself keeps its value.");

    /** Which pods' logs are shown. */
    public static final Option<String> LOGS = Option.named("logs", OptionType.choice("all", "first", "none"))
            .defaultsTo("all")
            .help("Which replicas' logs are shown in the task's log, each line with its replica. Output parameters are"
                    + " read from the first replica's log, and a failed replica's last lines are shown, in any case.");

    /** How much of a log is shown. */
    public static final Option<Integer> LOG_LINES = Option.named(
                    "logLines", OptionType.wholeNumber("lines", 1, Integer.MAX_VALUE))
            .defaultsTo("10000")
            .help("How many lines of each replica's log are shown; after that, only the last lines if it fails.");

    /** How often the state is queried. */
    public static final Option<Integer> POLL_INTERVAL = Option.named(
                    "pollInterval", OptionType.wholeNumber("seconds", 1, LONGEST_POLL))
            .defaultsTo("5")
            .help("Seconds between two queries of the state; the first queries come sooner.");

    /** How long an object may wait to start. */
    public static final Option<Integer> START_TIMEOUT = Option.named(
                    "startTimeout", OptionType.wholeNumber("seconds", 1, Integer.MAX_VALUE))
            .help(
                    "How long an object, or one of its pods, may wait to start: for a node, for quota, in a queue,"
                            + " for its image, its volumes or its configuration. After that the task fails with the reason, and"
                            + " the objects that it created are deleted. Without it, only the task's time-out ends such a wait.");

    /** How long the API server may be unreachable. */
    public static final Option<Integer> UNREACHABLE_TIMEOUT = Option.named(
                    "unreachableTimeout", OptionType.wholeNumber("seconds", 1, Integer.MAX_VALUE))
            .defaultsTo("600")
            .help("How long the API server may fail to answer while objects are followed; after that the task"
                    + " fails, and a retry follows the same objects. Before anything is created, it is at most 60"
                    + " seconds.");

    /** The environment with Python and kubectl. */
    public static final Option<String> ENVIRONMENT = Option.named("environment", OptionType.text())
            .help("Environment whose Python runs the task's program, and whose `bin` can contain kubectl, in any"
                    + " form that `condaEnvName` accepts; without it, the Python in `PYTHON_LAUNCHER` or `PYTHON_HOME`,"
                    + " or the one on PATH.");

    /** The path of kubectl. */
    public static final Option<String> KUBECTL = Option.named("kubectl", OptionType.text())
            .defaultsTo("kubectl")
            .help("The program kubectl: a name on PATH or an absolute path.");

    /** The kubeconfig to use if nothing else names one. */
    public static final Option<String> KUBECONFIG = Option.named("kubeconfig", OptionType.text())
            .help("Path of a kubeconfig on the worker, or the name of a secret that contains one, as in"
                    + " `secret:clusters/prod`; used if DolphinScheduler provides none and the node's environment does"
                    + " not set KUBECONFIG. Default: the one in the home directory of the task's user.");

    /** The context in the kubeconfig. */
    public static final Option<String> CONTEXT =
            Option.named("context", OptionType.text()).help("Context of the kubeconfig; default: the current one.");

    /** The options that begin with {@code kubeflow}. */
    public static final OptionCatalogue CATALOGUE = new OptionCatalogue(
            "kubeflow",
            SUCCESS,
            FAILURE,
            SAME_NAME,
            CLEAN_UP,
            TTL,
            LOGS,
            LOG_LINES,
            POLL_INTERVAL,
            START_TIMEOUT,
            UNREACHABLE_TIMEOUT,
            ENVIRONMENT,
            KUBECTL,
            KUBECONFIG,
            CONTEXT);

    private KubeflowOptions() {}
}
