package org.apache.dolphinscheduler.plugin.task.api;

public class K8sTaskExecutionContext {

    private String configYaml;

    public String getConfigYaml() {
        return configYaml;
    }

    public void setConfigYaml(String configYaml) {
        this.configYaml = configYaml;
    }
}
