/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Reads the form of a DVC node into a validated action on a version of data. */
package io.github.dolphinml.dvc.config;
