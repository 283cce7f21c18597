/** From a notebook run to the files and steps that do it. */
package io.github.dolphinml.jupyter.plan;
