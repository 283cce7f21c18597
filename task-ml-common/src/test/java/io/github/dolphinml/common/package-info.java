/** Rules that hold for all packages. */
package io.github.dolphinml.common;
