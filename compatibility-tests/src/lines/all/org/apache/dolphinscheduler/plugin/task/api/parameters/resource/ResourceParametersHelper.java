package org.apache.dolphinscheduler.plugin.task.api.parameters.resource;

public class ResourceParametersHelper {}
