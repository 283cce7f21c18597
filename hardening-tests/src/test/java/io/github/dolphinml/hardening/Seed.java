package io.github.dolphinml.hardening;

/** What the random tests of this run draw from: {@code -Dfuzz.seed=N}, else one that differs from run to run. */
final class Seed {

    private Seed() {}

    /** The seed, printed so that a failure can be had again. */
    static long ofThisRun() {
        String given = System.getProperty("fuzz.seed", "").trim();
        long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
        System.out.println("The seed is " + seed + "; -Dfuzz.seed=" + seed + " gives the same cases.");
        return seed;
    }
}
