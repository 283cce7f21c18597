/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.dolphinml.common.testing.OptionDocs;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class OpenmldbOptionDocsTest {

    @Test
    void theReferenceIsThatOfTheDeclarations() throws Exception {
        assertEquals(Collections.emptyList(), OptionDocs.faults(OpenmldbOptions.CATALOGUE));
    }
}
