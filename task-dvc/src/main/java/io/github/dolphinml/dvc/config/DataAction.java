/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The actions of a node on a version of data. */
public enum DataAction {
    /** Uploads data to the store and creates a version of it. */
    UPLOAD("Upload"),
    /** Downloads a version of data. */
    DOWNLOAD("Download"),
    /** Initializes DVC in a repository and sets its store. */
    INIT("Init DVC"),
    /** Checks that a version exists and is complete in the store, and can wait for it. */
    CHECK("Check"),
    /** Runs a pipeline of the repository and creates a version of its results. */
    REPRO("Repro");

    private final String formName;

    DataAction(String formName) {
        this.formName = formName;
    }

    /** Returns the action with this name in the form, ignoring case; {@code Init} stands for {@code Init DVC}. */
    public static Optional<DataAction> from(String name) {
        return Arrays.stream(values())
                .filter(action ->
                        action.formName.equalsIgnoreCase(name) || action.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** Returns all names as a list for a message. */
    public static String names() {
        return Arrays.stream(values()).map(action -> action.formName).collect(Collectors.joining(", "));
    }

    /** Whether it uses the location of data in the repository. */
    public boolean hasLocation() {
        return this == UPLOAD || this == DOWNLOAD || this == CHECK;
    }

    /** Whether it uses a path of data on the worker. */
    public boolean hasPath() {
        return this == UPLOAD || this == DOWNLOAD;
    }

    /** Whether it creates a tag for its version. */
    public boolean makesTag() {
        return this == UPLOAD || this == REPRO;
    }

    /** The action's name in the request. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
