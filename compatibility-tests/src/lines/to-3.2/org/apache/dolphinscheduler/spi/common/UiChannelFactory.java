package org.apache.dolphinscheduler.spi.common;

import java.util.List;
import org.apache.dolphinscheduler.spi.params.base.PluginParams;

public interface UiChannelFactory {

    String getName();

    List<PluginParams> getParams();
}
