/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.plan.Step;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.run.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A Python program of ours: the files that are staged for it, and the step that runs it. Each folder of programs has a
 * file {@code files.txt}, made by the build, that lists what is in it; a jar cannot list a folder reliably.
 */
public final class PythonProgram {

    private static final String ROOT = "dolphinml/";

    private final String entry;
    private final List<StagedFile> files;

    private PythonProgram(String entry, List<StagedFile> files) {
        this.entry = entry;
        this.files = Collections.unmodifiableList(files);
    }

    /**
     * @param entry the program's file, as in {@code jupyter/run_notebook.py}
     * @param folders whose files it needs, as in {@code jupyter} or {@code mlflow/deploy}, or single files; {@code
     *     common} is always among them
     */
    public static PythonProgram of(String entry, String... folders) {
        List<StagedFile> files = new ArrayList<>(folder("common"));
        for (String folder : folders) {
            files.addAll(folder(folder));
        }
        return new PythonProgram(entry, files);
    }

    private static List<StagedFile> folder(String folder) {
        List<StagedFile> files = new ArrayList<>();
        String top = folder.split("/")[0];
        for (String name : Resource.text(ROOT + top + "/files.txt").split("\n")) {
            String path = top + "/" + name.trim();
            if (path.equals(folder) || (!name.trim().isEmpty() && path.startsWith(folder + "/"))) {
                files.add(StagedFile.text("python/" + ROOT + path, Resource.text(ROOT + path), FileMode.READABLE));
            }
        }
        return files;
    }

    /** The files to stage. */
    public List<StagedFile> files() {
        return files;
    }

    /** The program's path in the control directory. */
    public String path() {
        return "python/" + ROOT + entry;
    }

    /** The step that runs the program on the staged request in the activated environment. */
    public Step step(ControlDirectory control) {
        return Step.python(control.file(path()), control.privateFile("request.json"));
    }
}
