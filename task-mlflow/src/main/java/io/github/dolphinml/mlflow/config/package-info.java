/** From the form of an MLFLOW node to a project run or a deployment whose every part has been checked. */
package io.github.dolphinml.mlflow.config;
