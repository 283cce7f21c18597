/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.dolphinml.common.testing.TestNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlaceholdersTest {

    @TempDir
    Path directory;

    private Placeholders placeholders() {
        return Placeholders.of(TestNode.of("TEST", directory)
                .global("name", "a $(touch MARK) ${other} $[yyyy]")
                .global("other", "never")
                .global("empty", "")
                .global("system.datetime", "20260102030405")
                .context());
    }

    @Test
    void aValueIsPutInAsItIsAndNotLookedAtAgain() {
        assertEquals("<a $(touch MARK) ${other} $[yyyy]>", placeholders().resolve("<${name}>"));
        assertEquals("[]", placeholders().resolve("[${empty}]"));
    }

    @Test
    void timesAreRelativeToTheSchedule() {
        assertEquals("data/2026-01-02.csv", placeholders().resolve("data/$[yyyy-MM-dd].csv"));
        assertEquals("20260101", placeholders().resolve("$[yyyyMMdd-1]"));
    }

    @Test
    void parametersWithoutAValueAreNamed() {
        assertEquals(
                new ArrayList<>(Arrays.asList("unknown", "a.b")),
                new ArrayList<>(placeholders().unresolved("${name} ${unknown}/${a.b} ${unknown} $[nope] ${empty} ${")));
        assertEquals(Collections.emptySet(), placeholders().unresolved("${name}"));
    }

    @Test
    void theWorkflowInstanceIsKnownWhereTheLineDoesNotBuildItIn() {
        TaskExecutionContext context = TestNode.of("TEST", directory).context();
        context.setProcessInstanceId(17);
        assertEquals("train-17", Placeholders.of(context).resolve("train-${system.workflow.instance.id}"));
        TaskExecutionContext given = TestNode.of("TEST", directory)
                .global("system.workflow.instance.id", "18")
                .context();
        given.setProcessInstanceId(17);
        assertEquals("train-18", Placeholders.of(given).resolve("train-${system.workflow.instance.id}"));
    }

    @Test
    void whatIsNotAPlaceholderStays() {
        for (String text : new String[] {
            "${unknown}", "${", "$[", "$", "$$", "${name", "$name", "a ${ b", "\\${unknown}", "中文 $ {name}"
        }) {
            assertEquals(text, placeholders().resolve(text));
        }
    }
}
