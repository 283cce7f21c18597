/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.dolphinml.common.testing.RealBash;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellWordsTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "--log-output --cwd /tmp",
                "-p note 'it is' -p other \"two words\"",
                "a\\ b c",
                "''",
                "\"\"",
                "a''b",
                "'a'\"b\"c",
                "\"\\\"quoted\\\"\"",
                "\"keeps \\n as it is\"",
                "'single \\ stays'",
                "tab\tand",
                "joined\\\nline",
                "\"joined\\\nline\"",
                "中文 'и ещё'",
                "a=b --x=\"1 2\"",
                "a#b"
            })
    void splitsAsBashDoes(String text) throws Exception {
        Path record = directory.resolve("record");
        Path recorder = RealBash.recorder(directory, record);
        RealBash.run(directory, recorder + " " + text + "\n", Collections.emptyMap());
        assertEquals(RealBash.recorded(record), ShellWords.split(text));
    }

    @Test
    void expandsNothing() {
        assertEquals(
                Arrays.asList("$HOME", "$(id)", "`id`", "*", "~", ";", "|", "a;b", "{1..3}"),
                ShellWords.split("$HOME $(id) \"`id`\" * ~ ; | a;b {1..3}"));
    }

    @Test
    void aLineEndSeparatesWords() {
        assertEquals(Arrays.asList("-p", "a", "-p", "b"), ShellWords.split("-p a\n-p b\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"'", "\"", "a 'b", "a \"b", "\\", "a\\"})
    void refusesWhatIsNotClosed(String text) {
        assertThrows(IllegalArgumentException.class, () -> ShellWords.split(text));
    }
}
