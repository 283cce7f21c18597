/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Tests of manifests. */
package io.github.dolphinml.common.kubernetes;
