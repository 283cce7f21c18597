/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Every use of DolphinScheduler that differs between its lines. */
package io.github.dolphinml.common.ds;
