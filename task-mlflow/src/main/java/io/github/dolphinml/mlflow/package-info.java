/** The task type MLFLOW: what DolphinScheduler sees of it. */
package io.github.dolphinml.mlflow;
