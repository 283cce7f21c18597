/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.model;

import java.io.Serializable;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;

public class Property implements Serializable {

    private static final long serialVersionUID = 1L;

    private String prop;
    private Direct direct;
    private DataType type;
    private String value;

    public Property() {}

    public Property(String prop, Direct direct, DataType type, String value) {
        this.prop = prop;
        this.direct = direct;
        this.type = type;
        this.value = value;
    }

    public String getProp() {
        return prop;
    }

    public void setProp(String value) {
        this.prop = value;
    }

    public Direct getDirect() {
        return direct;
    }

    public void setDirect(Direct value) {
        this.direct = value;
    }

    public DataType getType() {
        return type;
    }

    public void setType(DataType value) {
        this.type = value;
    }

    public String getValue() {
        return value;
    }

    public void setValue(String value) {
        this.value = value;
    }
}
