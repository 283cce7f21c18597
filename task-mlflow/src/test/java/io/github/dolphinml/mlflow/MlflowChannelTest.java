/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.ServedType;
import org.junit.jupiter.api.Test;

class MlflowChannelTest {

    private final ServedType type = ServedType.of("MLFLOW");

    @Test
    void theFactoryOutranksTheStockOne() {
        assertTrue(type.priority() > 0);
    }

    @Test
    void theApiServerAcceptsWhatNamesATrackingServer() {
        assertTrue(
                type.parse("{\"mlflowTrackingUri\":\"http://127.0.0.1:5000\"}").checkParameters());
        assertFalse(type.parse("{\"mlflowTrackingUri\":\" \"}").checkParameters());
        assertFalse(type.parse("{\"mlflowTrackingUri\":null}").checkParameters());
        assertFalse(type.parse("{}").checkParameters());
        assertFalse(type.parse("no json").checkParameters());
        assertFalse(type.parse(null).checkParameters());
    }

    /** The stock plugin loses the files that are picked in the form. */
    @Test
    void resourcesAreKept() {
        assertEquals(
                7,
                type.parse("{\"resourceList\":[{\"id\":7}]}")
                        .getResourceFilesList()
                        .get(0)
                        .getId());
    }
}
