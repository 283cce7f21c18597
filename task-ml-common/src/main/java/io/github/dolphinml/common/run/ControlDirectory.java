/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The directory in which a run keeps its files: programs that anybody may read, and in {@code private/} the script,
 * the request and the report, which only the task's user may read. It lies in the task's working directory and is
 * removed when the task has ended.
 *
 * <p>Each folder has its mode whatever the worker's umask, and is closed to others until it has it. A tenant's
 * {@code private/} lies in {@code tenant/}, a folder of the worker's: the tenant alone can make something there, and only
 * at the start.
 */
public final class ControlDirectory {

    /**
     * Writes its standard input to the file that its first argument names, for the task's user only, if that user gets to
     * the directory that its second one names.
     */
    private static final String STORE = "[ -x \"$2\" ] || {"
            + " echo \"it may not enter a folder on the way to $2; give others the right to (chmod o+x),"
            + " and start the worker with umask 022\"; exit 1; };"
            + " umask 077; mkdir -p \"${1%/*}\" && cat > \"$1\"";

    /** How the names of all control directories begin. */
    static final String PREFIX = ".dolphinml-";

    /** Empties the folder that its first argument names. */
    private static final String EMPTY = "shopt -s dotglob nullglob; rm -rf -- \"$1\"/*";

    private static final String PRIVATE = "private/";

    /** Where a tenant makes its private folder. */
    private static final String PLACE = "tenant";

    private static final String CLOSED = "rwx------";
    private static final String READABLE = "rwxr-xr-x";
    private static final String OPEN = "rwxrwxrwx";

    private static final Pattern TEMPORARY = Pattern.compile("^/.*/dolphinml-[^/]+$");

    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final Path path;
    private final RunUser user;
    private final List<Path> lent = new ArrayList<>();

    /**
     * @param executePath the task's working directory
     * @param marker distinguishes the runs that share a working directory
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
        return file(own(PRIVATE + name));
    }

    /** Where what a plan has in {@code private/} lies. */
    private String own(String relative) {
        return user.isOther() && relative.startsWith(PRIVATE) ? PLACE + "/" + relative : relative;
    }

    /** Writes the files; those in {@code private/} belong to the task's user. */
    void stage(List<StagedFile> files) throws IOException {
        Files.createDirectories(path.getParent());
        makeFolder(path, CLOSED);
        // What the worker writes comes first: until then nobody else can put anything in its place.
        for (StagedFile file : files) {
            if (!isTenants(file)) {
                write(path.resolve(file.path()), file);
            }
        }
        if (user.isOther()) {
            makePrivateFolder();
            setMode(path, READABLE);
            for (StagedFile file : files) {
                if (isTenants(file)) {
                    List<String> store =
                            user.command("bash", "-c", STORE, "bash", file(own(file.path())), path.toString());
                    requireDone(SideCommand.run(store, file.content(), LONGEST));
                }
            }
        }
    }

    /**
     * Lets a tenant make and fill these folders of the working directory, into which it may not write from DolphinScheduler
     * 3.2.2 on: each is a link into {@code private/}. What is there already stays.
     */
    void lend(Collection<String> folders) throws IOException {
        if (!user.isOther()) {
            return;
        }
        for (String folder : folders) {
            Path link = workingDirectory().resolve(folder);
            try {
                Files.createSymbolicLink(link, Paths.get(privateFile(folder)));
                lent.add(link);
            } catch (FileAlreadyExistsException | AccessDeniedException own) {
                // On DolphinScheduler 3.1 the whole directory is the tenant's.
            }
        }
    }

    private boolean isTenants(StagedFile file) {
        return user.isOther() && file.mode() == FileMode.PRIVATE;
    }

    /**
     * Lets the tenant make it in a folder that is open to all but lies in one that is closed to all: what counts there is
     * where a process has been started, which no other user can have done.
     */
    private void makePrivateFolder() throws IOException {
        Path place = path.resolve(PLACE);
        makeFolder(place, OPEN);
        requireDone(SideCommand.runIn(place, user.command("mkdir", "-m", "0700", PRIVATE), new byte[0], LONGEST));
        setMode(place, READABLE);
    }

    private static void makeFolders(Path folder, String mode) throws IOException {
        if (!Files.isDirectory(folder)) {
            makeFolders(folder.getParent(), mode);
            makeFolder(folder, mode);
        }
    }

    private static void makeFolder(Path folder, String mode) throws IOException {
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(CLOSED)));
        setMode(folder, mode);
    }

    private static void setMode(Path folder, String mode) throws IOException {
        // On DolphinScheduler 3.1 the working directory may belong to the tenant, who could have put a link there.
        Files.getFileAttributeView(folder, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setPermissions(PosixFilePermissions.fromString(mode));
    }

    private static void write(Path target, StagedFile file) throws IOException {
        makeFolders(target.getParent(), file.mode() == FileMode.PRIVATE ? CLOSED : READABLE);
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
            Path file = path.resolve(PRIVATE).resolve(name);
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
        for (Path link : lent) {
            Files.deleteIfExists(link);
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

    private static void requireDone(SideCommand asTenant) throws IOException {
        if (asTenant.exitCode() != 0) {
            throw new IOException("The task's files could not be written as its tenant: " + asTenant.output());
        }
    }
}
