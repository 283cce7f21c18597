package org.apache.dolphinscheduler.plugin.task.api.parameters;

public interface IParameters {

    boolean checkParameters();
}
