/** Options that the form lacks: declared once, read by one rule. */
package io.github.dolphinml.common.option;
