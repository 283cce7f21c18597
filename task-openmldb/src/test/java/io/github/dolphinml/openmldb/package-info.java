/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Tests of the task type OPENMLDB. */
package io.github.dolphinml.openmldb;
