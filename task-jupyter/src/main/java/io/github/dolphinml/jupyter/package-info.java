/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The task type JUPYTER: runs a notebook with papermill. */
package io.github.dolphinml.jupyter;
