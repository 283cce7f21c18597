/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Options that the form lacks: declared once, read by one rule. */
package io.github.dolphinml.common.option;
