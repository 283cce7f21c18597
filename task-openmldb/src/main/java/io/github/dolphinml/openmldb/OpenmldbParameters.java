/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb;

import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.openmldb.config.OpenmldbOptions;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;

/** The JSON of an OPENMLDB node. */
public final class OpenmldbParameters extends MlParameters {

    /** Checked by DolphinScheduler's API server before it saves a node: SQL and OpenMLDB's address must be set. */
    @Override
    public boolean checkParameters() {
        return isGiven("sql") && ((isGiven("zk") && isGiven("zkPath")) || namesApiServer());
    }

    private boolean namesApiServer() {
        String name = OpenmldbOptions.CATALOGUE.parameterName(OpenmldbOptions.API_SERVER);
        boolean parameter = getLocalParams() != null
                && getLocalParams().stream()
                        .map(Property::getProp)
                        .anyMatch(prop -> name.equals(prop) || ("ml." + name).equals(prop));
        return parameter || isGiven(OpenmldbOptions.API_SERVER.name());
    }
}
