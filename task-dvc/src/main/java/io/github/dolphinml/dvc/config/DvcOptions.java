/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.data.DataOptions;
import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Options of a DVC node beyond the form's fields. The form has no custom parameters either: a node sets an
 * option with a field of its JSON, which only clients of the API can do.
 */
public final class DvcOptions {

    private static final int LONGEST_POLL = 3600;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The branch to read or commit to. */
    public static final Option<String> BRANCH = Option.named("branch", OptionType.text())
            .help("Branch to which an upload is committed, and whose newest commit is used by a download without a"
                    + " version; default: the repository's default branch.");

    /** The author's name. */
    public static final Option<String> GIT_NAME = Option.named("gitName", OptionType.text())
            .help("Author of commits and tags; default: the author configured in Git for the task's user, else"
                    + " `DolphinScheduler`.");

    /** The author's address. */
    public static final Option<String> GIT_EMAIL = Option.named("gitEmail", OptionType.text())
            .help("E-mail address of that author; default: the one configured in Git for the task's user, else"
                    + " `dolphinscheduler@localhost`.");

    /** Whether a tag may be moved. */
    public static final Option<Boolean> MOVE_TAG = Option.named("moveTag", OptionType.flag())
            .defaultsTo("false")
            .lockable()
            .help("Lets an upload move an existing tag to its own content; otherwise the task fails.");

    /** The settings of a new store. */
    public static final Option<Map<String, String>> STORE_CONFIG = Option.named("storeConfig", settings())
            .defaultsTo("")
            .help("Settings of the store for `Init DVC`, as in `endpointurl=http://minio:9000,region=eu`. They are"
                    + " committed, so do not put secrets here.");

    /** How long a check waits. */
    public static final Option<Integer> WAIT_TIMEOUT = Option.named(
                    "waitTimeout", OptionType.wholeNumber("seconds", 0, Integer.MAX_VALUE))
            .defaultsTo("0")
            .help("How long `Check` waits for the version; 0 checks once.");

    /** How often a check queries the repository. */
    public static final Option<Integer> POLL_INTERVAL = Option.named(
                    "pollInterval", OptionType.wholeNumber("seconds", 1, LONGEST_POLL))
            .defaultsTo("30")
            .help("Seconds between two checks of `Check`.");

    /** The checksum or commit from which a check waits for the data to differ. */
    public static final Option<String> CHANGED_FROM = Option.named("changedFrom", OptionType.text())
            .help("A checksum (`dvc.md5` of an earlier run) or a commit: `Check` waits until the data differs from"
                    + " it.");

    /** The stages of a pipeline. */
    public static final Option<List<String>> STAGES = Option.named("stages", OptionType.list())
            .defaultsTo("")
            .help("Stages that `Repro` runs, together with those that they depend on; without it, the whole"
                    + " pipeline.");

    /** The parameters of a pipeline. */
    public static final Option<Map<String, Object>> PARAMS = Option.named("params", parameters())
            .defaultsTo("{}")
            .help("Parameters that `Repro` sets, as a JSON object: `{\"train.epochs\": 10}` in `params.yaml`,"
                    + " `{\"other.json:lr\": 0.1}` in another file.");

    /** The options that begin with {@code dvc}. */
    public static final OptionCatalogue CATALOGUE = new OptionCatalogue(
            "dvc",
            DataOptions.ENVIRONMENT,
            BRANCH,
            DataOptions.REMOTE,
            MOVE_TAG,
            GIT_NAME,
            GIT_EMAIL,
            DataOptions.GIT_USER,
            DataOptions.GIT_PASSWORD,
            STORE_CONFIG,
            WAIT_TIMEOUT,
            POLL_INTERVAL,
            CHANGED_FROM,
            STAGES,
            PARAMS,
            DataOptions.JOBS,
            DataOptions.LINK,
            DataOptions.CACHE_DIRECTORY,
            DataOptions.CACHE_LIMIT);

    private DvcOptions() {}

    private static OptionType<Map<String, Object>> parameters() {
        return OptionType.of("JSON object", "use a JSON object, as in {\"train.epochs\": 10}", text -> {
            try {
                return Collections.unmodifiableMap(JSON.readValue(text, new TypeReference<Map<String, Object>>() {}));
            } catch (JsonProcessingException broken) {
                throw new IllegalArgumentException(text, broken);
            }
        });
    }

    private static OptionType<Map<String, String>> settings() {
        return OptionType.of("settings", "use name=value, several separated by commas", text -> {
            Map<String, String> settings = new LinkedHashMap<>();
            for (String item : OptionType.list().parse(text)) {
                int equals = item.indexOf('=');
                if (equals < 1 || !item.substring(0, equals).trim().matches("[A-Za-z_]+")) {
                    throw new IllegalArgumentException(item);
                }
                settings.put(
                        item.substring(0, equals).trim(),
                        item.substring(equals + 1).trim());
            }
            return Collections.unmodifiableMap(settings);
        });
    }
}
