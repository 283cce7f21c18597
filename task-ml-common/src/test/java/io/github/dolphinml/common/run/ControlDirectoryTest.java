/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.plan.Step;
import io.github.dolphinml.common.task.PythonProgram;
import io.github.dolphinml.common.testing.OtherUser;
import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.PlainUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers with other umasks than most, one of which lets everybody write and one nobody else read. */
@Timeout(Patience.WHOLE_TEST)
class ControlDirectoryTest {

    /** Prints the modes of all folders and of its own files, and whether it may write there. */
    private static final String PROGRAM = "import os, stat, sys\n"
            + "here = os.path.dirname(os.path.abspath(__file__))\n"
            + "sys.path.insert(0, here + '/python')\n"
            + "from dolphinml.common import program\n"
            + "for folder, folders, files in os.walk(here):\n"
            + "    folders.sort()\n"
            + "    for place in [folder] + [os.path.join(folder, name) for name in sorted(files)]:\n"
            + "        if '.py' not in place and '__pycache__' not in place:\n"
            + "            print(oct(os.stat(place).st_mode)[-4:], 'w' if os.access(place, os.W_OK) else '-',"
            + " os.path.relpath(place, here))\n"
            + "data = os.path.join(os.path.dirname(here), 'data')\n"
            + "if os.path.islink(data):\n"
            + "    os.makedirs(os.path.realpath(data))\n"
            + "    open(data + '/file', 'w').close()\n"
            + "    print('data', os.listdir(data))\n";

    private static final String FOR_A_TENANT = "0755 - .\n"
            + "0644 - keeper.sh\n"
            + "0644 - stop_run.sh\n"
            + "0644 - supervisor.sh\n"
            + "0755 - python\n"
            + "0755 - python/dolphinml\n"
            + "0755 - python/dolphinml/common\n"
            + "0755 - tenant\n"
            + "0700 w tenant/private\n"
            + "0600 w tenant/private/run.sh\n"
            + "0700 w tenant/private/environment\n"
            + "0600 w tenant/private/environment/request.json\n"
            + "data ['file']\n";

    private static final String FOR_THE_WORKER = "0700 w .\n"
            + "0644 w keeper.sh\n"
            + "0644 w stop_run.sh\n"
            + "0644 w supervisor.sh\n"
            + "0700 w private\n"
            + "0600 w private/run.sh\n"
            + "0700 w private/environment\n"
            + "0600 w private/environment/request.json\n"
            + "0755 w python\n"
            + "0755 w python/dolphinml\n"
            + "0755 w python/dolphinml/common\n";

    /** In the place of sudo: a third user tries to make something before the tenant does. */
    private static final String INTRUDED_SUDO = "#!/bin/bash\n"
            + "shopt -s dotglob globstar nullglob\n"
            + "for folder in \"$PLACE\"/**/; do\n"
            + "  setpriv --reuid 65533 --regid 65533 --clear-groups mkdir \"$folder/intruder\" 2> /dev/null &&\n"
            + "    echo \"$folder\" >> \"$PLACE/../intruded\"\n"
            + "done\n"
            + "PATH=${PATH#*:} exec sudo \"$@\"\n";

    @TempDir
    Path directory;

    private Path executePath;

    @BeforeEach
    void makeExecutePath() throws Exception {
        PlainUser.assumeThere();
        executePath = Files.createDirectory(directory.resolve("task"));
        for (Path folder : new Path[] {directory, executePath}) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "077"})
    void aTenantMayReadTheProgramsAndNoOtherUserMayWrite(String umask) throws Exception {
        OtherUser.assumeThere();
        Path sudo = Files.createDirectory(directory.resolve("bin")).resolve("sudo");
        Files.write(sudo, INTRUDED_SUDO.getBytes(StandardCharsets.UTF_8));
        Files.setPosixFilePermissions(sudo, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertEquals(FOR_A_TENANT, run(umask, OtherUser.NAME));
        assertFalse(Files.exists(directory.resolve("intruded")));
        assertEquals(0, executePath.toFile().list().length);
    }

    @Test
    void theWorkersOwnRunIsClosedToOthers() throws Exception {
        assertEquals(FOR_THE_WORKER, run("000", ""));
        assertEquals(0, executePath.toFile().list().length);
    }

    @Test
    void aWorkingDirectoryThatATenantCannotReachIsNamed() throws Exception {
        OtherUser.assumeThere();
        Files.setPosixFilePermissions(executePath, PosixFilePermissions.fromString("rwx------"));
        ControlDirectory control =
                new ControlDirectory(executePath.toString(), "12345678", RunUser.tenant(OtherUser.NAME));
        IOException refused = assertThrows(
                IOException.class,
                () -> control.stage(
                        Collections.singletonList(StagedFile.text("private/run.sh", "", FileMode.PRIVATE))));
        assertEquals(
                "The task's files could not be written as its tenant: it may not enter a folder on the way to "
                        + executePath.resolve(".dolphinml-12345678")
                        + "; give others the right to (chmod o+x), and start the worker with umask 022",
                refused.getMessage());
        control.delete();
        assertEquals(0, executePath.toFile().list().length);
    }

    private String run(String umask, String tenant) throws InterruptedException {
        Map<String, String> variables = new HashMap<>();
        variables.put("PLACE", executePath.toString());
        variables.put("PATH", directory.resolve("bin") + ":" + System.getenv("PATH"));
        return PlainUser.java(umask, variables, ControlDirectoryTest.class, executePath.toString(), tenant);
    }

    /** The worker. Arguments: the task's working directory, the tenant's name. */
    public static void main(String[] arguments) throws Exception {
        RunUser user = arguments[1].isEmpty() ? RunUser.worker() : RunUser.tenant(arguments[1]);
        ControlDirectory control = new ControlDirectory(arguments[0], "12345678", user);
        String line = StagedPlan.stage(
                ExecutionPlan.builder()
                        .files(PythonProgram.of("common/program.py").files())
                        .file(StagedFile.text("program.py", PROGRAM, FileMode.READABLE))
                        .file(StagedFile.text("private/environment/request.json", "{}", FileMode.PRIVATE))
                        .folder("data")
                        .step(Step.run("python3", "-B", control.file("program.py")))
                        .build(),
                control,
                "12345678-run");
        System.out.println(
                SideCommand.run(user.command("bash", "-c", line), new byte[0], Duration.ofSeconds(Patience.ENOUGH))
                        .output());
        StagedPlan.remove(control);
    }
}
