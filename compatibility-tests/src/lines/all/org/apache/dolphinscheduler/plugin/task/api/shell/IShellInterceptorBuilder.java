/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.shell;

import java.io.IOException;
import java.util.Map;

public interface IShellInterceptorBuilder<T extends IShellInterceptorBuilder<T, Y>, Y extends IShellInterceptor> {

    T newBuilder();

    T newBuilder(T builder);

    T shellDirectory(String directory);

    T shellName(String shellFilename);

    T runUser(String systemUser);

    T cpuQuota(Integer cpuQuota);

    T memoryQuota(Integer memoryQuota);

    T appendSystemEnv(String envFiles);

    T appendCustomEnvScript(String customEnvScript);

    T k8sConfigYaml(String k8sConfigYaml);

    T properties(Map<String, String> propertyMap);

    T sudoMode(boolean sudoEnable);

    T appendScript(String script);

    Y build() throws IOException;
}
