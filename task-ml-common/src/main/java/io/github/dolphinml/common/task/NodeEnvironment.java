package io.github.dolphinml.common.task;

import io.github.dolphinml.common.ds.WorkerProperties;
import io.github.dolphinml.common.environment.EnvironmentChoice;
import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.run.Resource;

/** The environment that a field of a node names, and how this worker activates it. */
public final class NodeEnvironment {

    /** The key by which DolphinScheduler's own plugins find conda. */
    private static final String CONDA_PATH = "conda.path";

    private static final String CONDA_PATH_DEFAULT = "/opt/anaconda3/etc/profile.d/conda.sh";

    private final String field;
    private final EnvironmentChoice choice;

    private NodeEnvironment(String field, EnvironmentChoice choice) {
        this.field = field;
        this.choice = choice;
    }

    /**
     * Reads the environment of a node; a text that names none is a fault of the node.
     *
     * @param field the form's name for it
     * @param text resolved; blank for the Python on PATH
     */
    public static NodeEnvironment of(String field, String text, Node node) {
        return new NodeEnvironment(field, EnvironmentChoice.of(field, text, node.problems()));
    }

    /** What the node says. */
    public EnvironmentChoice choice() {
        return choice;
    }

    /** The files and steps that activate it. */
    public EnvironmentSteps steps(ControlDirectory control, PythonOrder order) {
        return EnvironmentSteps.existing(
                Resource.text("dolphinml/shell/" + EnvironmentSteps.SCRIPT),
                control.file(EnvironmentSteps.SCRIPT),
                field,
                WorkerProperties.find(CONDA_PATH).orElse(CONDA_PATH_DEFAULT),
                choice.text(),
                order);
    }
}
