/** Stages the files of a plan, runs it in the worker's shell, ends what it started and cleans up. */
package io.github.dolphinml.common.run;
