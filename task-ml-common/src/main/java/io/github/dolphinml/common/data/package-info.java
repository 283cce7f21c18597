/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Versions of data in Git and DVC: what all plugins that use them have in common. */
package io.github.dolphinml.common.data;
