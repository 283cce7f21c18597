/** From a project run or a deployment to the files and steps that do it. */
package io.github.dolphinml.mlflow.plan;
