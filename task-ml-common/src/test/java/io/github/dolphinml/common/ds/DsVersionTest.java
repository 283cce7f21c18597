/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DsVersionTest {

    @Test
    void theServersJarsSayTheirVersion() {
        assertEquals(Optional.of("3.1.4"), DsVersion.running());
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.1.0", "3.1.9", "3.2.2", "3.3.0-alpha", "3.4.2", "3.4.0-SNAPSHOT", "dev"})
    void knownAndUntoldVersionsAreNoMatter(String version) {
        assertEquals(Optional.empty(), DsVersion.warning(version));
    }

    @ParameterizedTest
    @CsvSource({"3.5.0, 3.4.", "3.10.1, 3.4.", "4.0.0-SNAPSHOT, 3.4.", "3.0.6, 3.1.", "2.0.9, 3.1."})
    void anotherVersionIsSaidWithWhatIsAssumed(String version, String assumed) {
        String warning = DsVersion.warning(version).orElse("");
        assertTrue(warning.contains(version), warning);
        assertTrue(warning.endsWith("assumed that it works like " + assumed), warning);
    }
}
