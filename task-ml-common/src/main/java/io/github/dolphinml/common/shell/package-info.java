/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The only place that writes bash. */
package io.github.dolphinml.common.shell;
