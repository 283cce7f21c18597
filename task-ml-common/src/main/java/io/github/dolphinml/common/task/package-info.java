/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The frame of a task: read the node, plan, run, publish. */
package io.github.dolphinml.common.task;
