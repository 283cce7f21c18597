/** The frame of a task: read the node, plan, run, publish. */
package io.github.dolphinml.common.task;
