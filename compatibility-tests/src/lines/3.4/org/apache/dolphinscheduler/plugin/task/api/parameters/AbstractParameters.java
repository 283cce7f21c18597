/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.parameters;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.model.ResourceInfo;
import org.apache.dolphinscheduler.plugin.task.api.parameters.resource.ResourceParametersHelper;

/** The pool is set from a list. */
public abstract class AbstractParameters implements IParameters {

    public List<Property> localParams;

    public List<Property> varPool = new ArrayList<>();

    @Override
    public abstract boolean checkParameters();

    public List<ResourceInfo> getResourceFilesList() {
        return new ArrayList<>();
    }

    public ResourceParametersHelper getResources() {
        return new ResourceParametersHelper();
    }

    public List<Property> getLocalParams() {
        return localParams;
    }

    public void setLocalParams(List<Property> value) {
        localParams = value;
    }

    public Map<String, Property> getLocalParametersMap() {
        Map<String, Property> map = new LinkedHashMap<>();
        if (localParams != null) {
            localParams.forEach(property -> map.put(property.getProp(), property));
        }
        return map;
    }

    public List<Property> getVarPool() {
        return varPool;
    }

    public void setVarPool(List<Property> pool) {
        varPool = pool;
    }

    /** Every declared OUT parameter is passed on, with its default where nothing was printed. */
    public void dealOutParam(Map<String, String> printed) {
        for (Property property : localParams == null ? new ArrayList<Property>() : localParams) {
            if (property.getDirect() == Direct.OUT) {
                property.setValue(printed.getOrDefault(property.getProp(), property.getValue()));
                addPropertyToValPool(property);
            }
        }
    }

    protected List<Property> getOutProperty(List<Property> params) {
        return params;
    }

    public void addPropertyToValPool(Property property) {
        if (varPool == null) {
            varPool = new ArrayList<>();
        }
        varPool.removeIf(known -> known.getProp().equals(property.getProp()));
        varPool.add(property);
    }
}
