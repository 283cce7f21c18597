/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Cuts an SQL script into statements without changing a byte of them, and says of what kind each one is. */
package io.github.dolphinml.openmldb.statement;
