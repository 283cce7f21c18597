/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.LoggerFactory;

/** The logs that users read, separated as the line does it. */
final class TaskLogs extends AppenderBase<ILoggingEvent> {

    static final String SERVER = "server";

    private final Map<String, StringBuffer> logs = new ConcurrentHashMap<>();
    private final Function<ILoggingEvent, String> logOf;

    TaskLogs(Function<ILoggingEvent, String> logOf) {
        this.logOf = logOf;
    }

    void install() {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.setLevel(ch.qos.logback.classic.Level.INFO);
        setContext(root.getLoggerContext());
        start();
        root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        String log = logOf.apply(event);
        logs.computeIfAbsent(log == null ? SERVER : log, name -> new StringBuffer())
                .append('[')
                .append(event.getLevel())
                .append("] ")
                .append(event.getFormattedMessage())
                .append('\n')
                .append(
                        event.getThrowableProxy() == null
                                ? ""
                                : ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }

    String of(String log) {
        return logs.getOrDefault(log, new StringBuffer()).toString();
    }
}
