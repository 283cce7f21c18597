/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;

/**
 * A logger that takes secrets out of every text that it is given. DolphinScheduler 3.1 logs the whole script of a task
 * through the logger of the task, and the exports of the node's environment are in that script.
 */
final class MaskingLogger {

    private MaskingLogger() {}

    static Logger of(Logger logger, UnaryOperator<String> mask) {
        return (Logger) Proxy.newProxyInstance(
                MaskingLogger.class.getClassLoader(), new Class<?>[] {Logger.class}, (proxy, method, arguments) -> {
                    try {
                        return method.invoke(logger, arguments == null ? null : masked(arguments, mask));
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
    }

    private static Object[] masked(Object[] arguments, UnaryOperator<String> mask) {
        Object[] masked = new Object[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            Object argument = arguments[i];
            if (argument instanceof CharSequence) {
                masked[i] = mask.apply(argument.toString());
            } else if (argument instanceof Object[]) {
                masked[i] = masked((Object[]) argument, mask);
            } else {
                masked[i] = argument;
            }
        }
        return masked;
    }
}
