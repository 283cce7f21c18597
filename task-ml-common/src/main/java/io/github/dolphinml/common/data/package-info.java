/** Versions of data in Git and DVC: what all plugins that use them have in common. */
package io.github.dolphinml.common.data;
