package io.github.dolphinml.common.run;

import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The directory in which a run keeps its files: programs that anybody may read, and in {@code private/} the script,
 * the request and the report, which only the task's user may read. It lies in the task's working directory and is
 * removed when the task has ended.
 */
public final class ControlDirectory {

    /** Writes its standard input to the file that its first argument names, for the task's user only. */
    private static final String STORE = "umask 077; mkdir -p \"${1%/*}\" && cat > \"$1\"";

    /** How the names of all control directories begin. */
    static final String PREFIX = ".dolphinml-";

    /** Empties the folder that its first argument names. */
    private static final String EMPTY = "shopt -s dotglob nullglob; rm -rf -- \"$1\"/*";

    private static final int CLOSED = 0700;

    /** A tenant makes its private folder there, and like everybody else cannot remove or rename what others made. */
    private static final int OPEN = 01777;

    private static final Pattern TEMPORARY = Pattern.compile("^/.*/dolphinml-[^/]+$");

    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final Path path;
    private final RunUser user;

    /**
     * @param executePath the task's working directory
     * @param marker tells apart the runs that share a working directory
     */
    public ControlDirectory(String executePath, String marker, RunUser user) {
        this(Paths.get(executePath).toAbsolutePath().resolve(PREFIX + marker), user);
    }

    /** The directory of a run that another worker has begun. */
    ControlDirectory(Path path, RunUser user) {
        this.path = path;
        this.user = user;
    }

    /** The task's working directory. */
    Path workingDirectory() {
        return path.getParent();
    }

    /** The absolute path of a file in it. */
    public String file(String relative) {
        return path.resolve(relative).toString();
    }

    /** The absolute path of a file that only the task's user may read. */
    public String privateFile(String name) {
        return file("private/" + name);
    }

    /** Writes the files; those in {@code private/} belong to the task's user. */
    void stage(List<StagedFile> files) throws IOException {
        Files.createDirectories(path);
        setMode(CLOSED);
        // What the worker writes comes first: until then nobody else can put anything in its place.
        for (StagedFile file : files) {
            if (!isTenants(file)) {
                makePrivateFolderFor(file);
                write(path.resolve(file.path()), file);
            }
        }
        if (user.isOther()) {
            setMode(OPEN);
            asTenant(new byte[0], "mkdir", "-m", "0700", path.resolve("private").toString());
            for (StagedFile file : files) {
                if (isTenants(file)) {
                    asTenant(file.content(), "bash", "-c", STORE, "bash", file(file.path()));
                }
            }
        }
    }

    private boolean isTenants(StagedFile file) {
        return user.isOther() && file.mode() == FileMode.PRIVATE;
    }

    private void makePrivateFolderFor(StagedFile file) throws IOException {
        if (file.mode() == FileMode.PRIVATE) {
            Path folder = Files.createDirectories(path.resolve("private"));
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
    }

    private void setMode(int mode) throws IOException {
        Files.setAttribute(path, "unix:mode", mode);
    }

    private static void write(Path target, StagedFile file) throws IOException {
        Files.createDirectories(target.getParent());
        Files.deleteIfExists(target);
        Files.createFile(
                target,
                PosixFilePermissions.asFileAttribute(
                        PosixFilePermissions.fromString(file.mode().permissions())));
        Files.write(target, file.content());
        // The worker's umask may have taken away what others need.
        Files.setPosixFilePermissions(
                target, PosixFilePermissions.fromString(file.mode().permissions()));
    }

    /** The content of a private file as text, empty if it is not there. */
    Optional<String> readPrivate(String name) throws IOException {
        if (!user.isOther()) {
            Path file = path.resolve("private").resolve(name);
            return Files.exists(file)
                    ? Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8))
                    : Optional.empty();
        }
        SideCommand read = SideCommand.run(user.command("cat", privateFile(name)), new byte[0], LONGEST);
        return read.exitCode() == 0 ? Optional.of(read.output()) : Optional.empty();
    }

    /**
     * Removes the directory, all that is in it, and the temporary folders that its program has noted.
     *
     * @throws IOException if something could not be removed, with what and why; all else is removed then
     */
    void delete() throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<String> left = new ArrayList<>();
        try {
            removeTemporaryFolders();
        } catch (IOException failed) {
            left.add(failed.getMessage());
        }
        if (user.isOther()) {
            SideCommand empty =
                    SideCommand.run(user.command("bash", "-c", EMPTY, "bash", privateFile("")), new byte[0], LONGEST);
            left.addAll(
                    empty.exitCode() == 0
                            ? Collections.emptyList()
                            : Arrays.asList(empty.output().split("\n")));
        }
        left.addAll(Removal.of(path));
        if (!left.isEmpty()) {
            throw new IOException(String.join("; ", left));
        }
    }

    /** See {@code dolphinml/common/program.py}: a killed program cannot remove its folders any more. */
    private void removeTemporaryFolders() throws IOException {
        List<String> folders = Arrays.stream(readPrivate("temporary").orElse("").split("\n"))
                .filter(TEMPORARY.asPredicate())
                .collect(Collectors.toList());
        if (!folders.isEmpty()) {
            List<String> remove = new ArrayList<>(Arrays.asList("rm", "-rf", "--"));
            remove.addAll(folders);
            SideCommand.run(user.command(remove.toArray(new String[0])), new byte[0], LONGEST);
        }
    }

    private void asTenant(byte[] input, String... argv) throws IOException {
        SideCommand done = SideCommand.run(user.command(argv), input, LONGEST);
        if (done.exitCode() != 0) {
            throw new IOException("The task's files could not be written as its tenant: " + done.output());
        }
    }
}
