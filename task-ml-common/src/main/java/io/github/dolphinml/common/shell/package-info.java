/** The only place that writes bash. */
package io.github.dolphinml.common.shell;
