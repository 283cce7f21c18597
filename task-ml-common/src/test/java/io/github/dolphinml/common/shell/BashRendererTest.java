/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.Step;
import io.github.dolphinml.common.testing.RealBash;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BashRendererTest {

    private static final List<String> HOSTILE = Arrays.asList(
            "plain",
            "",
            " ",
            "two words",
            "it's",
            "''",
            "'\\''",
            "say \"hi\"",
            "$HOME",
            "${HOME}",
            "$(touch MARK)",
            "`touch MARK`",
            "a;touch MARK",
            "a&touch MARK",
            "a|touch MARK",
            "> MARK",
            "*",
            "?",
            "[a-z]",
            "{a,b}",
            "~",
            "~root",
            "!!",
            "#",
            "-n",
            "--",
            "a=b",
            "\\",
            "\\n",
            "a\\",
            "line\nbreak",
            "\n",
            "\t",
            "\r\n",
            "中文",
            "\u202e\ud83d\ude00",
            "$'x'",
            "$[yyyyMMdd]",
            "%s%n",
            "\u0001\u007f");

    @TempDir
    Path directory;

    @Test
    void everyArgumentArrivesAsItIs() throws Exception {
        Path record = directory.resolve("record");
        List<String> argv = new ArrayList<>();
        argv.add(RealBash.recorder(directory, record).toString());
        argv.addAll(HOSTILE);
        ExecutionPlan plan = ExecutionPlan.builder()
                .step(Step.run(argv.toArray(new String[0])))
                .build();

        RealBash ran = RealBash.run(directory, BashRenderer.render(plan), Collections.emptyMap());

        assertEquals("", ran.output());
        assertEquals(0, ran.exitCode());
        assertEquals(HOSTILE, RealBash.recorded(record));
        assertFalse(Files.exists(directory.resolve("MARK")));
    }

    @Test
    void aStepThatFailsEndsTheScriptWithItsExitCode() throws Exception {
        ExecutionPlan plan = ExecutionPlan.builder()
                .step(Step.run("bash", "-c", "exit 7"))
                .step(Step.run("echo", "not reached"))
                .build();
        RealBash ran = RealBash.run(directory, BashRenderer.render(plan), Collections.emptyMap());
        assertEquals(7, ran.exitCode());
        assertEquals("", ran.output());
    }

    @Test
    void aSourcedFileChangesWhatFollows() throws Exception {
        Path sourced = directory.resolve("it's a file.sh");
        Files.write(sourced, "export VALUE=\"$1\"\n".getBytes(StandardCharsets.UTF_8));
        ExecutionPlan plan = ExecutionPlan.builder()
                .step(Step.source(sourced.toString(), "$(touch MARK)"))
                .step(Step.run("printenv", "VALUE"))
                .build();
        assertEquals(
                "$(touch MARK)\n",
                RealBash.run(directory, BashRenderer.render(plan), Collections.emptyMap())
                        .output());
    }

    @Test
    void theLauncherHandsItsWordsToTheKeeper() throws Exception {
        Path keeper = directory.resolve("a keeper.sh");
        Files.write(keeper, "printf '%s\\n' \"$@\"\n".getBytes(StandardCharsets.UTF_8));
        RealBash ran = RealBash.run(
                directory,
                BashRenderer.launcher(keeper.toString(), "mark-1", "/a script's $(touch x).sh"),
                Collections.emptyMap());
        assertEquals("mark-1\n/a script's $(touch x).sh\n", ran.output());
    }

    @Test
    void anArgumentWithANulCharacterIsRefused() {
        ExecutionPlan nul =
                ExecutionPlan.builder().step(Step.run("echo", "a\0b")).build();
        assertThrows(IllegalArgumentException.class, () -> BashRenderer.render(nul));
    }
}
