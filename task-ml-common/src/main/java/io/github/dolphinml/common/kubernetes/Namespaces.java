/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

/** How Kubernetes spells the names of namespaces. */
public final class Namespaces {

    /** What a name matches. */
    public static final String NAME = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

    /** What is right, as the second half of a sentence. */
    public static final String RIGHT = "use at most 63 lower case letters, digits and '-', with neither end a '-'";

    private Namespaces() {}
}
