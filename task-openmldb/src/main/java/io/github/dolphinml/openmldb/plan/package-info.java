/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From a run of statements to the files and steps that do it through OpenMLDB's Python SDK. */
package io.github.dolphinml.openmldb.plan;
