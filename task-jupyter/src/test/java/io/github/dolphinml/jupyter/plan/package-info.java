/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The plans of notebook runs, against what is expected of them word for word. */
package io.github.dolphinml.jupyter.plan;
