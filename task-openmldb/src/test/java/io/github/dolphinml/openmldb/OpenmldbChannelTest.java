package io.github.dolphinml.openmldb;

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

class OpenmldbChannelTest {

    private final TaskChannel channel = new OpenmldbTaskChannelFactory().create();

    private AbstractParameters parse(String json) {
        return channel.parseParameters(ParametersNode.builder()
                .taskType("OPENMLDB")
                .taskParams(json.replace('\'', '"'))
                .build());
    }

    @Test
    void theFactoryIsFoundAndOutranksTheStockOne() {
        TaskChannelFactory factory = ServiceLoader.load(TaskChannelFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .collect(Collectors.toList())
                .get(0);
        assertEquals("OPENMLDB", factory.getName());
        assertEquals("OPENMLDB", factory.getIdentify().getName());
        assertTrue(factory.getIdentify().getPriority() > 0);
    }

    @Test
    void theApiServerAcceptsSqlWithTheWayToOpenMldb() {
        assertTrue(parse("{'sql':'SHOW TABLES','zk':'a:1','zkPath':'/o'}").checkParameters());
        assertFalse(parse("{'sql':' ','zk':'a:1','zkPath':'/o'}").checkParameters());
        assertFalse(parse("{'sql':'SHOW TABLES','zk':'a:1'}").checkParameters());
        assertFalse(parse("{'sql':'SHOW TABLES'}").checkParameters());
        assertFalse(parse("no json").checkParameters());
    }

    @Test
    void anApiServerStandsForZooKeeper() {
        assertTrue(parse("{'sql':'SHOW TABLES','apiServer':'a:1'}").checkParameters());
        assertTrue(parse("{'sql':'SHOW TABLES','localParams':[{'prop':'openmldb.apiServer','value':'a:1'}]}")
                .checkParameters());
        assertTrue(parse("{'sql':'SHOW TABLES','localParams':[{'prop':'ml.openmldb.apiServer','value':'a:1'}]}")
                .checkParameters());
    }
}
