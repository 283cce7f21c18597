/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import java.util.Map;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskTimeoutStrategy;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;

/** Times are numbers; there is no file of variables; resources are a map. */
public class TaskExecutionContext {

    private int taskInstanceId;
    private K8sTaskExecutionContext k8sTaskExecutionContext;
    private String taskName;
    private String taskType;
    private String host;
    private String taskParams;
    private String executePath;
    private String tenantCode;
    private String environmentConfig;
    private String taskAppId;
    private String appIds;
    private String globalParams;
    private Map<String, Property> prepareParamsMap;
    private int taskTimeout;
    private TaskTimeoutStrategy taskTimeoutStrategy;
    private Integer cpuQuota;
    private Integer memoryMax;
    private int processId;
    private int dryRun;
    private String logPath;
    private long startTime;
    private int processInstanceId;
    private Long processDefineCode;
    private int processDefineVersion;
    private Map<String, String> resources;
    private String varPool;
    private boolean logBufferEnable;
    private String appInfoPath;

    public int getTaskInstanceId() {
        return taskInstanceId;
    }

    public void setTaskInstanceId(int value) {
        this.taskInstanceId = value;
    }

    public String getTaskName() {
        return taskName;
    }

    public void setTaskName(String value) {
        this.taskName = value;
    }

    public String getTaskType() {
        return taskType;
    }

    public void setTaskType(String value) {
        this.taskType = value;
    }

    public String getHost() {
        return host;
    }

    public void setHost(String value) {
        this.host = value;
    }

    public String getTaskParams() {
        return taskParams;
    }

    public void setTaskParams(String value) {
        this.taskParams = value;
    }

    public String getExecutePath() {
        return executePath;
    }

    public void setExecutePath(String value) {
        this.executePath = value;
    }

    public String getTenantCode() {
        return tenantCode;
    }

    public void setTenantCode(String value) {
        this.tenantCode = value;
    }

    public String getEnvironmentConfig() {
        return environmentConfig;
    }

    public void setEnvironmentConfig(String value) {
        this.environmentConfig = value;
    }

    public String getTaskAppId() {
        return taskAppId;
    }

    public void setTaskAppId(String value) {
        this.taskAppId = value;
    }

    public String getAppIds() {
        return appIds;
    }

    public void setAppIds(String value) {
        this.appIds = value;
    }

    public String getGlobalParams() {
        return globalParams;
    }

    public void setGlobalParams(String value) {
        this.globalParams = value;
    }

    public Map<String, Property> getPrepareParamsMap() {
        return prepareParamsMap;
    }

    public void setPrepareParamsMap(Map<String, Property> value) {
        this.prepareParamsMap = value;
    }

    public int getTaskTimeout() {
        return taskTimeout;
    }

    public void setTaskTimeout(int value) {
        this.taskTimeout = value;
    }

    public TaskTimeoutStrategy getTaskTimeoutStrategy() {
        return taskTimeoutStrategy;
    }

    public void setTaskTimeoutStrategy(TaskTimeoutStrategy value) {
        this.taskTimeoutStrategy = value;
    }

    public Integer getCpuQuota() {
        return cpuQuota;
    }

    public void setCpuQuota(Integer value) {
        this.cpuQuota = value;
    }

    public Integer getMemoryMax() {
        return memoryMax;
    }

    public void setMemoryMax(Integer value) {
        this.memoryMax = value;
    }

    public int getProcessId() {
        return processId;
    }

    public void setProcessId(int value) {
        this.processId = value;
    }

    public int getDryRun() {
        return dryRun;
    }

    public void setDryRun(int value) {
        this.dryRun = value;
    }

    public String getLogPath() {
        return logPath;
    }

    public void setLogPath(String value) {
        this.logPath = value;
    }

    public long getStartTime() {
        return startTime;
    }

    public void setStartTime(long value) {
        this.startTime = value;
    }

    public int getProcessInstanceId() {
        return processInstanceId;
    }

    public void setProcessInstanceId(int value) {
        this.processInstanceId = value;
    }

    public Long getProcessDefineCode() {
        return processDefineCode;
    }

    public void setProcessDefineCode(Long value) {
        this.processDefineCode = value;
    }

    public int getProcessDefineVersion() {
        return processDefineVersion;
    }

    public void setProcessDefineVersion(int value) {
        this.processDefineVersion = value;
    }

    public Map<String, String> getResources() {
        return resources;
    }

    public void setResources(Map<String, String> value) {
        this.resources = value;
    }

    public String getVarPool() {
        return varPool;
    }

    public void setVarPool(String value) {
        this.varPool = value;
    }

    public boolean isLogBufferEnable() {
        return logBufferEnable;
    }

    public void setLogBufferEnable(boolean value) {
        this.logBufferEnable = value;
    }

    public String getAppInfoPath() {
        return appInfoPath;
    }

    public void setAppInfoPath(String value) {
        this.appInfoPath = value;
    }

    public K8sTaskExecutionContext getK8sTaskExecutionContext() {
        return k8sTaskExecutionContext;
    }

    public void setK8sTaskExecutionContext(K8sTaskExecutionContext k8sTaskExecutionContext) {
        this.k8sTaskExecutionContext = k8sTaskExecutionContext;
    }
}
