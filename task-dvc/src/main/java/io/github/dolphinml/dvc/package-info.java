/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The task type DVC: uploads, downloads and checks versions of data, and runs pipelines. */
package io.github.dolphinml.dvc;
