package org.apache.dolphinscheduler.plugin.task.api.model;

public class ApplicationInfo {}
