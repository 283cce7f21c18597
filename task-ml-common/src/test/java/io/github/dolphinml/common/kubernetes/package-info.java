/** Tests of manifests. */
package io.github.dolphinml.common.kubernetes;
