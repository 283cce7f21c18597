package org.apache.dolphinscheduler.plugin.task.api.shell;

public class ShellInterceptorBuilderFactory {

    @SuppressWarnings("rawtypes")
    public static IShellInterceptorBuilder newBuilder() {
        return new BashShellInterceptorBuilder();
    }
}
