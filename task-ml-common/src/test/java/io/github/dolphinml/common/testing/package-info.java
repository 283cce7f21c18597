/** What the tests of all plugins share: nodes, real shells and recorders. */
package io.github.dolphinml.common.testing;
