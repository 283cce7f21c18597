/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskLogTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aLongLineIsCutBetweenTwoCharacters(int before) {
        String line = times("x", before) + times("\u540d", 5000);
        String cut = TaskLog.bounded(line);
        String note = " ... [line cut, " + (before + 15_000) + " bytes in all]";
        assertTrue(cut.endsWith(note), cut);
        assertTrue(line.startsWith(cut.substring(0, cut.length() - note.length())), cut);
        int size = cut.getBytes(StandardCharsets.UTF_8).length;
        assertTrue(size > 7997 && size <= 8000, size + " bytes");
    }

    @Test
    void aLineOfEightThousandBytesStays() {
        assertEquals(times("x", 8000), TaskLog.bounded(times("x", 8000)));
    }

    private static String times(String text, int count) {
        return String.join("", Collections.nCopies(count, text));
    }
}
