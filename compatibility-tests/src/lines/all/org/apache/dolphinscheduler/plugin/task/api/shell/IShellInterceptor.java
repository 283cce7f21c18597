package org.apache.dolphinscheduler.plugin.task.api.shell;

import java.io.IOException;

public interface IShellInterceptor {

    Process execute() throws IOException;
}
