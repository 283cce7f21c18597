/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What a task will do, as data: files, environment variables and argument lists. */
package io.github.dolphinml.common.plan;
