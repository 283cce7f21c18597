/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc.config;

import io.github.dolphinml.common.data.DataLocation;
import io.github.dolphinml.common.data.DataOptions;
import io.github.dolphinml.common.data.GitName;
import io.github.dolphinml.common.data.RepositoryUrl;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.NodeEnvironment;
import io.github.dolphinml.common.validate.Problems;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** Reads the form of a DVC node and validates the fields that its action uses; the form always sends all fields. */
public final class DataRunReader {

    private static final String REPOSITORY = "dvcRepository";
    private static final String VERSION = "dvcVersion";
    private static final String STORE = "dvcStoreUrl";

    private final Node node;
    private final Problems problems;

    /** Creates a reader for one node. Faults are added to the node's problems. */
    public DataRunReader(Node node) {
        this.node = node;
        this.problems = node.problems();
    }

    /** Returns the run that the node requests. Use it only if the node has no faults. */
    public DataRun read() {
        OptionValues options = node.options(DvcOptions.CATALOGUE);
        DataAction action = action();
        checkOptions(options);
        String repository = repository();
        return new DataRun.Builder()
                .action(action)
                .environment(NodeEnvironment.orRequirement(
                        "dvc.environment", options.find(DataOptions.ENVIRONMENT).orElse(""), node))
                .repository(repository)
                .version(action == DataAction.INIT ? Optional.empty() : version(action))
                .data(action.hasLocation() ? location() : "", action.hasPath() ? path() : "")
                .message(message())
                .storeUrl(action == DataAction.INIT ? Optional.of(storeUrl()) : Optional.empty())
                .options(options)
                .secrets(secrets(repository, options))
                .build();
    }

    private DataAction action() {
        String name = node.required("dvcTaskType", "use one of " + DataAction.names());
        Optional<DataAction> action = DataAction.from(name);
        if (!name.isEmpty() && !action.isPresent()) {
            problems.add(
                    "dvcTaskType",
                    Problems.shown(name) + " is not an action of this task",
                    "use one of " + DataAction.names());
        }
        return action.orElse(DataAction.DOWNLOAD);
    }

    private String repository() {
        String url = node.required(REPOSITORY, "give the address of a Git repository, as in git@host:team/data.git");
        RepositoryUrl.check(REPOSITORY, url, problems);
        return url;
    }

    private Optional<String> version(DataAction action) {
        Optional<String> version = node.text(VERSION);
        if (action.makesTag()) {
            GitName.check(VERSION, version.orElse(""), problems);
        } else {
            GitName.checkRevision(VERSION, version.orElse(""), problems);
        }
        return version;
    }

    private String location() {
        String text = node.required("dvcDataLocation", "give the data's path in the repository, as in data/iris.csv");
        return DataLocation.of("dvcDataLocation", text, problems);
    }

    private String path() {
        String field = "dvcLoadSaveDataPath";
        String path = node.required(field, "give the data's path on the worker");
        if (path.indexOf('\0') >= 0) {
            problems.add(field, "it holds a NUL character", "leave it out");
        }
        return path;
    }

    private Optional<String> message() {
        Optional<String> message = node.text("dvcMessage");
        if (message.isPresent() && message.get().indexOf('\0') >= 0) {
            problems.add("dvcMessage", "it holds a NUL character", "leave it out");
        }
        return message;
    }

    private String storeUrl() {
        String right = "give the address of the store, as in s3://bucket/folder, or an absolute path";
        String url = node.required(STORE, right);
        boolean absolute = url.startsWith("/") || url.matches("(?s)[A-Za-z][A-Za-z0-9+.-]*://.+");
        if (!url.isEmpty() && (!absolute || url.chars().anyMatch(letter -> letter < ' '))) {
            problems.add(STORE, Problems.shown(url) + " is not the address of a store", right);
        }
        if (!RepositoryUrl.passwords(url).isEmpty()) {
            problems.add(
                    STORE,
                    "it contains a password, and the address is committed to the repository",
                    "remove it, and set it in the task's environment");
        }
        return url;
    }

    private void checkOptions(OptionValues options) {
        GitName.check("dvc.branch", options.find(DvcOptions.BRANCH).orElse(""), problems);
        String remote = options.find(DataOptions.REMOTE).orElse("");
        if (!remote.isEmpty() && !remote.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
            problems.add(
                    "dvc.remote", Problems.shown(remote) + " is not a name of a remote", "use a name as in storage");
        }
        checkIdentity("dvc.gitName", options.find(DvcOptions.GIT_NAME));
        checkIdentity("dvc.gitEmail", options.find(DvcOptions.GIT_EMAIL));
    }

    /** Rejects what Git would silently drop from a name or an address. */
    private void checkIdentity(String option, Optional<String> text) {
        if (text.isPresent()
                && (text.get().matches("(?s).*[<>\\x00-\\x1f].*") || !text.get().matches("(?s).*[\\p{L}\\p{N}].*"))) {
            problems.add(
                    option,
                    Problems.shown(text.get()) + " is not one that Git takes",
                    "use letters, and neither < nor > nor line ends");
        }
    }

    private static Set<String> secrets(String repository, OptionValues options) {
        Set<String> secrets = new LinkedHashSet<>(RepositoryUrl.passwords(repository));
        options.find(DataOptions.GIT_PASSWORD)
                .filter(text -> !SecretReference.nameIn(text).isPresent())
                .ifPresent(secrets::add);
        return secrets;
    }
}
