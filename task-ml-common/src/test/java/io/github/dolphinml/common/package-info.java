/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Rules that hold for all packages. */
package io.github.dolphinml.common;
