/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

/** What is wrong at one place of a document. */
final class ManifestFault extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int line;

    /**
     * @param path of the value, empty for the whole document
     */
    ManifestFault(int line, String path, String wrong) {
        super(path.isEmpty() ? wrong : path + ": " + wrong);
        this.line = line;
    }

    /** The line in the manifest, counted from 1. */
    int line() {
        return line;
    }
}
