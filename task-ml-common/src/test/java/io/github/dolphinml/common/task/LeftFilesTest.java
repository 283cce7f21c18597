/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.PlainUser;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A task that leaves what its worker cannot remove, and a former run that did. */
@Timeout(Patience.WHOLE_TEST)
class LeftFilesTest {

    /** A folder with something in it that its owner may not even look at. */
    private static final String CODE = "private = os.path.dirname(sys.argv[1])\n"
            + "os.makedirs(private + '/a/closed/b')\n"
            + "os.chmod(private + '/a/closed', 0)\n"
            + "report({'status': 'success', 'outputs': {'kept': 'yes'}})\n";

    private static final Set<PosixFilePermission> CLOSED = PosixFilePermissions.fromString("---------");
    private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("rwx------");

    @TempDir
    Path directory;

    @Test
    void aSuccessRemainsOneAndTheLogSaysWhatIsLeft() throws Exception {
        PlainUser.assumeThere();
        Path former = Files.createDirectories(directory.resolve("project/1001_1/7/12/.dolphinml-87654321"));
        Path secret = Files.createDirectories(former.resolve("private/closed/b"));
        Files.write(former.resolve("run"), (UUID.randomUUID() + "\n7/a task").getBytes(StandardCharsets.UTF_8));
        Files.setPosixFilePermissions(secret.getParent(), CLOSED);
        String log = PlainUser.java("022", Collections.emptyMap(), LeftFilesTest.class, directory.toString());
        Matcher said = Pattern.compile(
                        "The task's directory (\\S+) could not be removed whole; remove by hand what is left:"
                                + " \\1/private/a/closed: permission denied\n")
                .matcher(log);
        assertTrue(said.find(), log);
        assertTrue(
                log.contains("removed, except for this, which must be removed by hand: "
                        + former.resolve("private/closed") + ": permission denied.\n"),
                log);
        assertTrue(log.endsWith("outputs yes, state success\n"), log);
        Path control = Paths.get(said.group(1));
        for (Path run : new Path[] {former, control}) {
            assertArrayEquals(new String[] {"private"}, run.toFile().list());
        }
        for (Path closed : new Path[] {secret.getParent(), control.resolve("private/a/closed")}) {
            Files.setPosixFilePermissions(closed, OPEN);
            assertArrayEquals(new String[] {"b"}, closed.toFile().list());
        }
    }

    /** The worker. Argument: the directory. */
    public static void main(String[] arguments) {
        ScriptTask task = new ScriptTask(
                TestNode.of("TEST", Paths.get(arguments[0])).field("code", CODE).context());
        task.init();
        task.handle(null);
        System.out.println("outputs " + task.getParameters().varPool.get(0).getValue() + ", state "
                + task.getExitStatus().getDesc());
    }
}
