/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Reads the form of an OPENMLDB node into a validated run of statements. */
package io.github.dolphinml.openmldb.config;
