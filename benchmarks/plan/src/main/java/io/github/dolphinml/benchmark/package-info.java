/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** How long the worker's thread is busy before a task's first process starts. */
package io.github.dolphinml.benchmark;
