/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.ServedType;
import org.junit.jupiter.api.Test;

class KubeflowChannelTest {

    private final ServedType type = ServedType.of("KUBEFLOW");

    @Test
    void theFactoryOutranksTheStockOne() {
        assertTrue(type.priority() > 0);
    }

    @Test
    void theApiServerAcceptsAManifest() {
        assertTrue(type.parse("{\"yamlContent\":\"kind: Job\",\"namespace\":\"{}\"}")
                .checkParameters());
        assertFalse(type.parse("{\"yamlContent\":\" \"}").checkParameters());
        assertFalse(type.parse("{}").checkParameters());
        assertFalse(type.parse("no json").checkParameters());
    }
}
