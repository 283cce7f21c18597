/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.ServedType;
import org.junit.jupiter.api.Test;

class DvcChannelTest {

    private final ServedType type = ServedType.of("DVC");

    private boolean accepts(String json) {
        return type.parse(json.replace('\'', '"')).checkParameters();
    }

    @Test
    void theFactoryOutranksTheStockOne() {
        assertTrue(type.priority() > 0);
    }

    @Test
    void theApiServerAcceptsAnActionOnARepository() {
        assertTrue(accepts("{'dvcTaskType':'Upload','dvcRepository':'git@host:data.git'}"));
        assertFalse(accepts("{'dvcTaskType':'Upload','dvcRepository':' '}"));
        assertFalse(accepts("{'dvcRepository':'git@host:data.git'}"));
        assertFalse(accepts("no json"));
    }
}
