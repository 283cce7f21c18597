/** How long the worker's thread is busy before a task's first process starts. */
package io.github.dolphinml.benchmark;
