/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From the form of a DVC node to a run on a version of data that can be planned. */
package io.github.dolphinml.dvc.config;
