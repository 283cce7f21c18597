/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a node does with a version of data. */
public enum DataAction {
    /** Puts data into the store and makes a version of it. */
    UPLOAD("Upload"),
    /** Gets a version of data. */
    DOWNLOAD("Download"),
    /** Makes a repository one of DVC, with a store. */
    INIT("Init DVC"),
    /** Looks whether a version exists and is complete in the store, and waits for it. */
    CHECK("Check"),
    /** Runs a pipeline of the repository, and makes a version of its results. */
    REPRO("Repro");

    private final String formName;

    DataAction(String formName) {
        this.formName = formName;
    }

    /** The action of this name in the form, whatever its case; {@code Init} stands for {@code Init DVC}. */
    public static Optional<DataAction> from(String name) {
        return Arrays.stream(values())
                .filter(action ->
                        action.formName.equalsIgnoreCase(name) || action.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** All names, as a sentence lists them. */
    public static String names() {
        return Arrays.stream(values()).map(action -> action.formName).collect(Collectors.joining(", "));
    }

    /** Whether it is about data at a location of the repository. */
    public boolean hasLocation() {
        return this == UPLOAD || this == DOWNLOAD || this == CHECK;
    }

    /** Whether it is about data on the worker. */
    public boolean hasPath() {
        return this == UPLOAD || this == DOWNLOAD;
    }

    /** Whether it makes a tag of its version. */
    public boolean makesTag() {
        return this == UPLOAD || this == REPRO;
    }

    /** The word by which the program knows it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
