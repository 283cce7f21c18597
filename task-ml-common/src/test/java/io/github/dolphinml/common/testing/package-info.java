/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What the tests of all plugins share: nodes, real shells and recorders. */
package io.github.dolphinml.common.testing;
