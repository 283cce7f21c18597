/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From the environment that a node names to the steps that activate it. */
package io.github.dolphinml.common.environment;
