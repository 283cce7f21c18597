/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import java.util.Random;

/** Texts that break careless programs. The same seed gives the same texts. */
final class HostileTexts {

    /** Whoever runs one of these texts leaves a file of this name. */
    static final String CANARY = "CANARY";

    /** Stands for {@code $[nope]}, which is not a time expression and so stays what it is. */
    private static final String NO_TIME = "\ue000";

    private static final String[] PIECES = {
        "'",
        "\"",
        "''",
        "'\\''",
        "\\",
        "\\\\",
        "\\n",
        "$(touch CANARY)",
        "`touch CANARY`",
        ";touch CANARY;",
        "&& touch CANARY",
        "|touch CANARY",
        "& touch CANARY &",
        ">CANARY",
        "> CANARY\n",
        "<(touch CANARY)",
        "$(>CANARY)",
        "\n>CANARY\n",
        "\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        "  ",
        "\0",
        "-",
        "--",
        "-c",
        "--help",
        "-rf /",
        "*",
        "?",
        "[a-z]*",
        "{a,b}",
        "{1..9}",
        "~",
        "~root",
        "!",
        "!!",
        "#",
        "# ",
        "%s%n%d",
        "$",
        "$$",
        "$HOME",
        "$IFS",
        "${nope}",
        "${HOME}",
        "${x:-$(touch CANARY)}",
        NO_TIME,
        "$((1+1))",
        "#{setValue(a=b)}",
        "${setValue(a=b)}",
        "$'\\x41'",
        "EOF\n",
        "\nEOF\n>CANARY\n",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
        "|",
        "&",
        "=",
        "a=b",
        ",",
        ":",
        "@",
        "\u0001",
        "\u001b[31m",
        "\u007f",
        "\u0085",
        "\u00a0",
        "\u200b",
        "\u202e",
        "\ufeff",
        "\ufffd",
        "\uffff",
        "中文",
        "ß",
        "e\u0301",
        "\ud83d\ude00",
        "\ud834\udd1e",
        "word",
        "x",
        "0",
        "null",
        "true",
        "../../etc/hosts",
        "/",
        "//",
        ".",
        "..",
        "-- -x",
        "@@",
        "<script>",
        "'; DROP TABLE t; --",
        "\\u0000",
        "%00",
    };

    private static final char[] HALVES = {'\ud800', '\udbff', '\udc00', '\udfff'};

    private static final int LONG = 3000;

    private final Random random;

    HostileTexts(Random random) {
        this.random = random;
    }

    /** Any text: mostly some pieces, at times one that is empty, very long or no valid Unicode. */
    String next() {
        int kind = random.nextInt(40);
        if (kind == 0) {
            return "";
        }
        if (kind == 1) {
            return pieces(LONG + random.nextInt(20 * LONG));
        }
        String text = pieces(1 + random.nextInt(6));
        if (kind > 3) {
            return text;
        }
        int at = random.nextInt(text.length() + 1);
        return text.substring(0, at) + HALVES[random.nextInt(HALVES.length)] + text.substring(at);
    }

    /** A text that can be the name of a file: short, valid Unicode, no slash and no NUL. */
    String fileName() {
        String text = pieces(1 + random.nextInt(5)).replace("/", "").replace("\0", "");
        String name = text.trim();
        return name.isEmpty() || name.equals(".") || name.equals("..") ? "it's" : name;
    }

    /** A number from 0 to {@code bound - 1}. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    private String pieces(int count) {
        StringBuilder text = new StringBuilder();
        for (int number = 0; number < count; number++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        // What DolphinScheduler takes for a time is replaced by it, and is tested with the placeholders.
        return text.toString().replace("$[", "$ [").replace(NO_TIME, "$[nope]");
    }
}
