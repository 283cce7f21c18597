/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Runs the jars that are shipped on each line of DolphinScheduler, and checks what they refer to. */
package io.github.dolphinml.compatibility;
