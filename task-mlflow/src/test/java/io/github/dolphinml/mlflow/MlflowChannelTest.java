package io.github.dolphinml.mlflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;
import org.apache.dolphinscheduler.plugin.task.api.parameters.ParametersNode;
import org.junit.jupiter.api.Test;

class MlflowChannelTest {

    private final TaskChannel channel = new MlflowTaskChannelFactory().create();

    private AbstractParameters parse(String json) {
        return channel.parseParameters(
                ParametersNode.builder().taskType("MLFLOW").taskParams(json).build());
    }

    @Test
    void theFactoryIsFoundAndOutranksTheStockOne() {
        TaskChannelFactory factory = ServiceLoader.load(TaskChannelFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .collect(Collectors.toList())
                .get(0);
        assertEquals("MLFLOW", factory.getName());
        assertTrue(factory.getIdentify().getPriority() > 0);
        assertEquals("MLFLOW", factory.getIdentify().getName());
    }

    @Test
    void theApiServerAcceptsWhatNamesATrackingServer() {
        assertTrue(parse("{\"mlflowTrackingUri\":\"http://127.0.0.1:5000\"}").checkParameters());
        assertFalse(parse("{\"mlflowTrackingUri\":\" \"}").checkParameters());
        assertFalse(parse("{\"mlflowTrackingUri\":null}").checkParameters());
        assertFalse(parse("{}").checkParameters());
        assertFalse(parse("no json").checkParameters());
        assertFalse(parse(null).checkParameters());
    }

    /** The stock plugin loses the files that are picked in the form. */
    @Test
    void resourcesAreKept() {
        assertEquals(
                7,
                parse("{\"resourceList\":[{\"id\":7}]}")
                        .getResourceFilesList()
                        .get(0)
                        .getId());
    }
}
