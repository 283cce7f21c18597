/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.ServedType;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;
import org.junit.jupiter.api.Test;

class OpenmldbChannelTest {

    private final ServedType type = ServedType.of("OPENMLDB");

    private AbstractParameters parse(String json) {
        return type.parse(json.replace('\'', '"'));
    }

    @Test
    void theFactoryOutranksTheStockOne() {
        assertTrue(type.priority() > 0);
    }

    @Test
    void theApiServerAcceptsSqlWithTheWayToOpenMldb() {
        assertTrue(parse("{'sql':'SHOW TABLES','zk':'a:1','zkPath':'/o'}").checkParameters());
        assertFalse(parse("{'sql':' ','zk':'a:1','zkPath':'/o'}").checkParameters());
        assertFalse(parse("{'sql':'SHOW TABLES','zk':'a:1'}").checkParameters());
        assertFalse(parse("{'sql':'SHOW TABLES'}").checkParameters());
        assertFalse(parse("no json").checkParameters());
    }

    @Test
    void anApiServerStandsForZooKeeper() {
        assertTrue(parse("{'sql':'SHOW TABLES','apiServer':'a:1'}").checkParameters());
        assertTrue(parse("{'sql':'SHOW TABLES','localParams':[{'prop':'openmldb.apiServer','value':'a:1'}]}")
                .checkParameters());
        assertTrue(parse("{'sql':'SHOW TABLES','localParams':[{'prop':'ml.openmldb.apiServer','value':'a:1'}]}")
                .checkParameters());
    }
}
