/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

/** What the random tests of this run draw from. */
final class Seed {

    private Seed() {}

    /**
     * The seed, printed so that a failure can be had again.
     *
     * @param property names it; where it is empty one is drawn, which differs from run to run
     */
    static long ofThisRun(String property) {
        String given = System.getProperty(property, "").trim();
        long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
        System.out.println("The seed is " + seed + "; -D" + property + "=" + seed + " gives the same cases.");
        return seed;
    }
}
