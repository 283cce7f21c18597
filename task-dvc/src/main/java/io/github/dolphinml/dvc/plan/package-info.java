/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Plans an action on a version of data: the files and steps that carry it out. */
package io.github.dolphinml.dvc.plan;
