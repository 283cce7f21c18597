/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.spi.common;

import java.util.List;
import org.apache.dolphinscheduler.spi.params.base.PluginParams;

public interface UiChannelFactory {

    String getName();

    List<PluginParams> getParams();
}
