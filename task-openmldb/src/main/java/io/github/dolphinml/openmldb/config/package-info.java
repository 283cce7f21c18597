/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From the form of an OPENMLDB node to a run of statements whose every part has been checked. */
package io.github.dolphinml.openmldb.config;
