/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The task type OPENMLDB: runs SQL statements in OpenMLDB and follows the jobs that they start. */
package io.github.dolphinml.openmldb;
