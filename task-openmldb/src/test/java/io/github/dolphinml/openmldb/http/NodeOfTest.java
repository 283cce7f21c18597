package io.github.dolphinml.openmldb.http;

import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.openmldb.OpenmldbParameters;
import io.github.dolphinml.openmldb.config.StatementRun;
import io.github.dolphinml.openmldb.config.StatementRunReader;
import java.nio.file.Path;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;

/** A node whose statements go through an API server. */
final class NodeOfTest {

    private final TestNode node;

    NodeOfTest(Path directory, String address, String mode, String sql) {
        node = TestNode.of("OPENMLDB", directory)
                .in("openmldb.apiServer", address)
                .field("executeMode", mode)
                .field("sql", sql);
    }

    NodeOfTest in(String name, String value) {
        node.in(name, value);
        return this;
    }

    NodeOfTest out(String name) {
        node.out(name, DataType.VARCHAR);
        return this;
    }

    StatementRun run() {
        TaskExecutionContext context = node.context();
        Node read = new Node(MlParameters.read(context.getTaskParams(), new OpenmldbParameters()), context);
        StatementRun run = new StatementRunReader(read).read();
        read.problems().throwIfAny();
        return run;
    }
}
