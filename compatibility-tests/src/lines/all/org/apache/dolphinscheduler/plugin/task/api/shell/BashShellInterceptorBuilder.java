/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.dolphinscheduler.plugin.task.api.utils.ParameterUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a new {@code .sh} file with all that was appended, placeholders of the body replaced, and logs it whole. */
public class BashShellInterceptorBuilder
        implements IShellInterceptorBuilder<BashShellInterceptorBuilder, BashShellInterceptor> {

    private static final Logger log = LoggerFactory.getLogger(BashShellInterceptorBuilder.class);

    private final List<String> environment = new ArrayList<>();
    private final List<String> body = new ArrayList<>();
    private final Map<String, String> properties = new HashMap<>();
    private String directory;
    private String name;
    private String user;
    private String kubeconfig;
    private boolean sudo;

    @Override
    public BashShellInterceptorBuilder newBuilder() {
        return new BashShellInterceptorBuilder();
    }

    @Override
    public BashShellInterceptorBuilder newBuilder(BashShellInterceptorBuilder builder) {
        throw new UnsupportedOperationException();
    }

    @Override
    public BashShellInterceptorBuilder shellDirectory(String value) {
        directory = value;
        return this;
    }

    @Override
    public BashShellInterceptorBuilder shellName(String value) {
        name = value;
        return this;
    }

    @Override
    public BashShellInterceptorBuilder runUser(String value) {
        user = value;
        return this;
    }

    @Override
    public BashShellInterceptorBuilder cpuQuota(Integer value) {
        return this;
    }

    @Override
    public BashShellInterceptorBuilder memoryQuota(Integer value) {
        return this;
    }

    @Override
    public BashShellInterceptorBuilder appendSystemEnv(String file) {
        environment.add("source " + file);
        return this;
    }

    @Override
    public BashShellInterceptorBuilder appendCustomEnvScript(String text) {
        environment.add(text);
        return this;
    }

    @Override
    public BashShellInterceptorBuilder k8sConfigYaml(String value) {
        kubeconfig = value;
        return this;
    }

    @Override
    public BashShellInterceptorBuilder properties(Map<String, String> values) {
        properties.putAll(values);
        return this;
    }

    @Override
    public BashShellInterceptorBuilder sudoMode(boolean value) {
        sudo = value;
        return this;
    }

    @Override
    public BashShellInterceptorBuilder appendScript(String script) {
        body.add(script);
        return this;
    }

    @Override
    public BashShellInterceptor build() throws IOException {
        List<String> lines = new ArrayList<>(Arrays.asList("#!/bin/bash", "cd \"$(dirname \"$0\")\""));
        lines.addAll(environment);
        if (kubeconfig != null) {
            Path config = Paths.get(directory, "config");
            Files.createFile(
                    config, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            Files.write(config, kubeconfig.getBytes(StandardCharsets.UTF_8));
            lines.add("export KUBECONFIG=" + config);
        }
        lines.add(ParameterUtils.convertParameterPlaceholders(String.join("\n", body), properties));
        Path file = Paths.get(directory, name + ".sh");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.write(file, lines, StandardCharsets.UTF_8);
        log.info("Final script:\n{}", String.join("\n", lines));
        return new BashShellInterceptor(
                sudo
                        ? Arrays.asList("sudo", "-u", user, "-i", file.toString())
                        : Arrays.asList("bash", file.toString()),
                directory);
    }
}
