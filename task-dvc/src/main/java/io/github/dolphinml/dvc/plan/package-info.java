/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From a run on a version of data to the files and steps that do it. */
package io.github.dolphinml.dvc.plan;
