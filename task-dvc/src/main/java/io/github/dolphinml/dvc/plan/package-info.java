/** From a run on a version of data to the files and steps that do it. */
package io.github.dolphinml.dvc.plan;
