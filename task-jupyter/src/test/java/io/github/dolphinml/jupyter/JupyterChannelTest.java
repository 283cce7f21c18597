package io.github.dolphinml.jupyter;

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

class JupyterChannelTest {

    private final TaskChannel channel = new JupyterTaskChannelFactory().create();

    private AbstractParameters parse(String json) {
        return channel.parseParameters(
                ParametersNode.builder().taskType("JUPYTER").taskParams(json).build());
    }

    @Test
    void theFactoryIsFoundAndOutranksTheStockOne() {
        TaskChannelFactory factory = ServiceLoader.load(TaskChannelFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .collect(Collectors.toList())
                .get(0);
        assertEquals("JUPYTER", factory.getName());
        assertTrue(factory.getIdentify().getPriority() > 0);
        assertEquals("JUPYTER", factory.getIdentify().getName());
    }

    @Test
    void theApiServerAcceptsWhatHasBothPaths() {
        assertTrue(parse("{\"inputNotePath\":\"a.ipynb\",\"outputNotePath\":\"b.ipynb\"}")
                .checkParameters());
        assertFalse(parse("{\"inputNotePath\":\"a.ipynb\",\"outputNotePath\":\" \"}")
                .checkParameters());
        assertFalse(parse("{}").checkParameters());
        assertFalse(parse("no json").checkParameters());
        assertFalse(parse(null).checkParameters());
    }

    @Test
    void resourcesOfBothFormsAreKept() {
        assertEquals(
                7,
                parse("{\"resourceList\":[{\"id\":7}]}")
                        .getResourceFilesList()
                        .get(0)
                        .getId());
        assertEquals(
                "/a.ipynb",
                parse("{\"resourceList\":[{\"resourceName\":\"/a.ipynb\"}]}")
                        .getResourceFilesList()
                        .get(0)
                        .getResourceName());
    }
}
