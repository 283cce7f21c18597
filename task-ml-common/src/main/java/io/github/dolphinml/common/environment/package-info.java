/** From the environment that a node names to the steps that activate it. */
package io.github.dolphinml.common.environment;
