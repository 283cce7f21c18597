/** The plans of notebook runs, against what is expected of them word for word. */
package io.github.dolphinml.jupyter.plan;
