package org.apache.dolphinscheduler.spi.params.base;

public class PluginParams {}
