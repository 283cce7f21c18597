/** The task type JUPYTER: runs a notebook with papermill. */
package io.github.dolphinml.jupyter;
