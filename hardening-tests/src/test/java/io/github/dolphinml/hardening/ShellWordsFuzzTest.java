/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.shell.ShellWords;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Options that users type are split as real bash splits words; where bash would expand, as Python's shlex does. */
class ShellWordsFuzzTest {

    private static final int CASES = Integer.getInteger("fuzz.cases", 300) * 10;
    private static final String END = "\u0001END";
    private static final String UNCLOSED = "\u0001UNCLOSED";

    /** Without what bash expands or ends a command at, since any of these may come to stand outside of quotes. */
    private static final String[] PLAIN = {
        "'",
        "\"",
        "\\",
        " ",
        "  ",
        "\t",
        "'a b'",
        "\"a b\"",
        "\"\\\"\"",
        "\\'",
        "''",
        "\"\"",
        "a",
        "-p",
        "--x=1",
        "中文",
        "\ud83d\ude00",
        "\u00a0",
        "=",
        "{",
        "}",
    };

    private static final String[] EXPANDED = {
        "$",
        "`",
        "$(touch CANARY)",
        "${x}",
        "*",
        ";",
        "|",
        "&",
        "#",
        "~",
        "<",
        ">",
        "(",
        ")",
        "!",
        "[a]",
        "\n",
        " ",
        " ",
        "'",
        "\"",
        "a",
        "\\ ",
        "\\'",
        "中文",
        "\r",
        "{1..3}",
    };

    /** Splits each text of the first file and writes the words, an end after each text. */
    private static final String BASH = "while IFS= read -r -d '' text; do\n"
            + "  if eval \"set -- $text\" 2>/dev/null; then [ $# = 0 ] || printf '%s\\0' \"$@\"; else printf '\\1UNCLOSED\\0'; fi\n"
            + "  printf '\\1END\\0'\n"
            + "done < \"$1\"";

    private static final String SHLEX = "import shlex, sys\n"
            + "for text in open(sys.argv[1], encoding='utf-8', newline='').read().split('\\0')[:-1]:\n"
            + "    try:\n"
            + "        words = shlex.split(text)\n"
            + "    except ValueError:\n"
            + "        words = ['\\1UNCLOSED']\n"
            + "    sys.stdout.buffer.write(('\\0'.join(words + ['\\1END']) + '\\0').encode('utf-8'))\n";

    /** In double quotes a shell lets a backslash escape these too, and shlex does not. */
    private static final Pattern NOT_FOR_SHLEX = Pattern.compile("\\\\[$`\n]");

    @TempDir
    Path directory;

    @Test
    void wordsAreThoseOfBash() throws Exception {
        compare(drawn(PLAIN, Pattern.compile("(?!)")), "bash", "-c", BASH, "bash");
    }

    @Test
    void nothingIsExpanded() throws Exception {
        compare(drawn(EXPANDED, NOT_FOR_SHLEX), "python3", "-c", SHLEX);
    }

    private static List<String> drawn(String[] pieces, Pattern without) {
        Random random = new Random(Seed.ofThisRun("fuzz.seed"));
        List<String> texts = new ArrayList<>();
        while (texts.size() < CASES) {
            StringBuilder text = new StringBuilder();
            for (int count = 1 + random.nextInt(9); count > 0; count--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            // A backslash at the very end is a fault here and a plain character in bash.
            text.append('a');
            if (!without.matcher(text).find()) {
                texts.add(text.toString());
            }
        }
        return texts;
    }

    private void compare(List<String> texts, String... oracle) throws Exception {
        Path input = directory.resolve("texts");
        Files.write(input, (String.join("\0", texts) + "\0").getBytes(StandardCharsets.UTF_8));
        List<String> command = new ArrayList<>(Arrays.asList(oracle));
        command.add(input.toString());
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        String[] answers = output.split(END + "\0", -1);
        assertEquals(texts.size(), answers.length - 1);
        int split = 0;
        for (int number = 0; number < texts.size(); number++) {
            String expected = answers[number];
            String actual = words(texts.get(number));
            Exactly.same("the words of text " + number, expected, actual);
            split += actual.startsWith(UNCLOSED) ? 0 : 1;
        }
        assertTrue(split > CASES / 4, "only " + split + " texts had words");
    }

    private static String words(String text) {
        try {
            StringBuilder words = new StringBuilder();
            ShellWords.split(text).forEach(word -> words.append(word).append('\0'));
            return words.toString();
        } catch (IllegalArgumentException unclosed) {
            return UNCLOSED + "\0";
        }
    }
}
