/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.plan;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** A file that is written into the task's control directory before the plan runs. */
public final class StagedFile {

    private final String path;
    private final byte[] content;
    private final FileMode mode;

    private StagedFile(String path, byte[] content, FileMode mode) {
        this.path = Objects.requireNonNull(path, "path");
        this.content = content.clone();
        this.mode = Objects.requireNonNull(mode, "mode");
    }

    /**
     * @param path relative to the control directory, with forward slashes
     * @param text written as UTF-8
     */
    public static StagedFile text(String path, String text, FileMode mode) {
        return new StagedFile(path, text.getBytes(StandardCharsets.UTF_8), mode);
    }

    /** Relative to the control directory, with forward slashes. */
    public String path() {
        return path;
    }

    /** A copy of the file's bytes. */
    public byte[] content() {
        return content.clone();
    }

    /** Who may read the file. */
    public FileMode mode() {
        return mode;
    }
}
