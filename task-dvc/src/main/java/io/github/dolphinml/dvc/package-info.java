/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The task type DVC: versions of data, uploaded, downloaded and checked. */
package io.github.dolphinml.dvc;
