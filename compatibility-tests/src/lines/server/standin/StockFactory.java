/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import java.util.Collections;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannelFactory;

/** A plugin as DolphinScheduler ships it: the priority is the default one. */
abstract class StockFactory implements TaskChannelFactory {

    @Override
    public TaskChannel create() {
        throw new IllegalStateException("the stock plugin was chosen");
    }

    /** Of the lines to 3.2; the later ones never ask. */
    @SuppressWarnings({"rawtypes", "unchecked"})
    public List getParams() {
        return Collections.emptyList();
    }
}
