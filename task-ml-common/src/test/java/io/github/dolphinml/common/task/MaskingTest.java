/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.option.SecretNames;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is secret in an environment, and how it is kept out of the log. */
class MaskingTest {

    private static final SecretNames NAMES = new SecretNames(Arrays.asList("password", "key", "token"));

    private static List<String> secrets(String... lines) {
        return EnvironmentSecrets.of(String.join("\n", lines), NAMES);
    }

    private static String masked(List<String> secrets, String text) {
        Masking masking = new Masking();
        masking.add(secrets);
        return masking.mask(text);
    }

    @Test
    void everyLineOfASecretOfSeveralLinesIsMasked() {
        List<String> secrets = secrets(
                "export A=1",
                "export PRIVATE_KEY='-----BEGIN KEY-----",
                "bGluZSBvbmU=",
                "it is \"two\"'",
                "export B_TOKEN=t0ken");
        assertTrue(secrets.contains("-----BEGIN KEY-----\nbGluZSBvbmU=\nit is \"two\""), secrets.toString());
        String text = "-----BEGIN KEY-----\nx bGluZSBvbmU= y\nit is \"two\"\nand t0ken";
        assertEquals("******\nx ****** y\n******\nand ******", masked(secrets, text));
    }

    @Test
    void anApostropheInACommentHidesNoSecretOfTheLinesAfterIt() {
        List<String> secrets =
                secrets("export A_TOKEN=abcd # don't tell", "export DB_PASSWORD=hunter22", "export C='x'");
        assertEquals("****** ******", masked(secrets, "abcd hunter22"));
    }

    @Test
    void aQuoteThatIsNeverClosedHidesNoSecretOfTheLinesAfterIt() {
        List<String> secrets = secrets("export A_TOKEN='abcd", "export DB_PASSWORD=hunter22");
        assertEquals("******", masked(secrets, "hunter22"));
    }

    @Test
    void aLongerSecretIsMaskedBeforeAShorterOneThatIsAPartOfIt() {
        for (List<String> order :
                Arrays.asList(Arrays.asList("hush", "hush-hush-4711"), Arrays.asList("hush-hush-4711", "hush"))) {
            assertEquals("****** and ******", masked(order, "hush-hush-4711 and hush"));
        }
    }

    @Test
    void whatIsAddedLaterIsMaskedToo() {
        Masking masking = new Masking();
        masking.add(Collections.singleton("first"));
        masking.add(Collections.singleton("second\nand third"));
        assertEquals("****** ****** ******", masking.mask("first second and third"));
        assertEquals(new LinkedHashSet<>(Arrays.asList("first", "second\nand third")), masking.values());
    }

    @Test
    void aShortValueIsNot() {
        assertEquals("a cat sat", masked(Arrays.asList("cat", "", " a "), "a cat sat"));
    }
}
