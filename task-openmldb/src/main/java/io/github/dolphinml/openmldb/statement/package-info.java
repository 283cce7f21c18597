/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Splits an SQL script into statements, without changing a byte of them, and determines the kind of each. */
package io.github.dolphinml.openmldb.statement;
