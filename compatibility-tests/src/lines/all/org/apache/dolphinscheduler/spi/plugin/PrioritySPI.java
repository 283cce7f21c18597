package org.apache.dolphinscheduler.spi.plugin;

public interface PrioritySPI extends Comparable<Integer> {

    SPIIdentify getIdentify();

    @Override
    default int compareTo(Integer priority) {
        return Integer.compare(getIdentify().getPriority(), priority);
    }
}
