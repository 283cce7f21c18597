/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.ServedType;
import org.junit.jupiter.api.Test;

class JupyterChannelTest {

    private final ServedType type = ServedType.of("JUPYTER");

    @Test
    void theFactoryOutranksTheStockOne() {
        assertTrue(type.priority() > 0);
    }

    @Test
    void theApiServerAcceptsWhatHasBothPaths() {
        assertTrue(type.parse("{\"inputNotePath\":\"a.ipynb\",\"outputNotePath\":\"b.ipynb\"}")
                .checkParameters());
        assertFalse(type.parse("{\"inputNotePath\":\"a.ipynb\",\"outputNotePath\":\" \"}")
                .checkParameters());
        assertFalse(type.parse("{}").checkParameters());
        assertFalse(type.parse("no json").checkParameters());
        assertFalse(type.parse(null).checkParameters());
    }

    @Test
    void resourcesOfBothFormsAreKept() {
        assertEquals(
                7,
                type.parse("{\"resourceList\":[{\"id\":7}]}")
                        .getResourceFilesList()
                        .get(0)
                        .getId());
        assertEquals(
                "/a.ipynb",
                type.parse("{\"resourceList\":[{\"resourceName\":\"/a.ipynb\"}]}")
                        .getResourceFilesList()
                        .get(0)
                        .getResourceName());
    }
}
