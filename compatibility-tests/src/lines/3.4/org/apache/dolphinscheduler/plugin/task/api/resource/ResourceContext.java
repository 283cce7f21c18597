package org.apache.dolphinscheduler.plugin.task.api.resource;

public class ResourceContext {}
