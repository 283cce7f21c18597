/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

/** Compares texts that may be very long or unprintable; the message shows where they part. */
final class Exactly {

    private static final int AROUND = 80;

    private Exactly() {}

    /** Fails if the actual one does not have the text that is expected. */
    static void same(String what, Object expected, Object actual) {
        String left = expected.toString();
        String right = actual.toString();
        if (left.equals(right)) {
            return;
        }
        int at = 0;
        while (at < Math.min(left.length(), right.length()) && left.charAt(at) == right.charAt(at)) {
            at++;
        }
        throw new AssertionError(what + " differs at character " + at + ": expected ..." + around(left, at)
                + "... but was ..." + around(right, at) + "...");
    }

    private static String around(String text, int at) {
        StringBuilder shown = new StringBuilder();
        for (char next : text.substring(Math.max(0, at - AROUND), Math.min(text.length(), at + AROUND))
                .toCharArray()) {
            shown.append(next >= ' ' && next < '\u007f' ? String.valueOf(next) : String.format("\\u%04x", (int) next));
        }
        return shown.toString();
    }
}
