/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.common.utils;

/** Of {@code common.properties}; here of the system's properties. The typed getters are boxed from 3.2 on. */
public class PropertyUtils {

    public static String getString(String key) {
        return System.getProperty(key);
    }

    public static String getString(String key, String defaultValue) {
        return System.getProperty(key, defaultValue);
    }

    public static Boolean getBoolean(String key) {
        return Boolean.valueOf(getString(key));
    }

    public static Integer getInt(String key) {
        return Integer.valueOf(getString(key));
    }
}
