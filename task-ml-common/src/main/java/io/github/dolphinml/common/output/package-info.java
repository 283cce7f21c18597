/** From a program's report to the parameters of the next tasks. */
package io.github.dolphinml.common.output;
