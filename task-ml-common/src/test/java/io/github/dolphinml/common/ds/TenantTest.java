/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.dolphinml.common.testing.TestNode;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.dolphinscheduler.common.utils.PropertyUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantTest {

    @TempDir
    Path directory;

    @AfterEach
    void switchSudoOff() {
        PropertyUtils.setValue("sudo.enable", "false");
    }

    private RunUser user(String tenant) {
        return RunUser.of(TestNode.of("TEST", directory).tenant(tenant).context());
    }

    @Test
    void withoutSudoEveryTaskIsTheWorkers() {
        assertFalse(user("alice").isOther());
    }

    @Test
    void withSudoATenantRunsItsOwnCommands() {
        PropertyUtils.setValue("sudo.enable", "true");
        assertEquals(
                Arrays.asList("sudo", "-n", "-u", "alice", "cat", "a b"),
                user("alice").command("cat", "a b"));
        for (String own : Arrays.asList("default", "", System.getProperty("user.name"))) {
            assertEquals(Arrays.asList("cat"), user(own).command("cat"));
        }
        assertFalse(user(null).isOther());
    }
}
