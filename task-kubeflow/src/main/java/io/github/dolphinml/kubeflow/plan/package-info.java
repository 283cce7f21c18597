/** From a manifest run to the files and steps that do it through kubectl. */
package io.github.dolphinml.kubeflow.plan;
