/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Plans a run of statements: the files and steps that carry it out. */
package io.github.dolphinml.openmldb.plan;
