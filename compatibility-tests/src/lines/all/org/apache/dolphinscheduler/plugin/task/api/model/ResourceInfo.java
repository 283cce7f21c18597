/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.model;

public class ResourceInfo {

    private Integer id;
    private String resourceName;
    private String res;

    public Integer getId() {
        return id;
    }

    public void setId(Integer value) {
        this.id = value;
    }

    public String getResourceName() {
        return resourceName;
    }

    public void setResourceName(String value) {
        this.resourceName = value;
    }

    public String getRes() {
        return res;
    }

    public void setRes(String value) {
        this.res = value;
    }
}
