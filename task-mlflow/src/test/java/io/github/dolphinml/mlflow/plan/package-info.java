/** The plans of MLFLOW nodes, against what is expected of them word for word. */
package io.github.dolphinml.mlflow.plan;
