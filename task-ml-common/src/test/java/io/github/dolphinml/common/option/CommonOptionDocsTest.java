/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.dolphinml.common.environment.EnvironmentOptions;
import io.github.dolphinml.common.testing.OptionDocs;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class CommonOptionDocsTest {

    @Test
    void theReferenceIsThatOfTheDeclarations() throws Exception {
        assertEquals(Collections.emptyList(), OptionDocs.faults(EnvironmentOptions.CATALOGUE));
        assertEquals(Collections.emptyList(), OptionDocs.faults(CommonOptions.OUTPUT));
        assertEquals(Collections.emptyList(), OptionDocs.faults(CommonOptions.SECRETS));
    }
}
