/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionTypeTest {

    @ParameterizedTest
    @CsvSource({"1048576,1048576", "1KB,1024", "20GB,21474836480", "512m,536870912", "1.5K,1536", "2 GiB,2147483648"})
    void sizesAreBytes(String text, long bytes) {
        assertEquals(bytes, OptionType.size().parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GB", "-1", "1XB", "1e9", "ten"})
    void whatIsNotASizeIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> OptionType.size().parse(text));
    }

    @Test
    void choicesTakeAnyCaseAndGiveTheListedWord() {
        assertEquals("html", OptionType.choice("none", "html").parse("HTML"));
        assertThrows(
                IllegalArgumentException.class, () -> OptionType.choice("none").parse("pdf"));
    }

    @Test
    void flagsAreTrueOrFalseAndNothingElse() {
        assertEquals(true, OptionType.flag().parse("True"));
        assertThrows(IllegalArgumentException.class, () -> OptionType.flag().parse("yes"));
    }

    @Test
    void listsAreSeparatedByCommas() {
        assertEquals(Arrays.asList("a", "b c"), OptionType.list().parse(" a, b c,,"));
        assertEquals(Collections.emptyList(), OptionType.list().parse(""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"password", "DB_PASSWORD", "apiKey", "aws.secret", "token2", "my-token", "APIKEY"})
    void secretNames(String name) {
        assertEquals(
                true, new SecretNames(Arrays.asList("password", "key", "secret", "token", "apikey")).matches(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"monkey", "keyboard", "tokenizer", "C", "kernel", "secretary"})
    void namesThatOnlyLookSecret(String name) {
        assertEquals(
                false, new SecretNames(Arrays.asList("password", "key", "secret", "token", "apikey")).matches(name));
    }
}
