/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From a program's report to the parameters of the next tasks. */
package io.github.dolphinml.common.output;
