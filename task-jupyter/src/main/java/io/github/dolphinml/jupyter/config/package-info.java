/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Reads the form of a JUPYTER node into a validated notebook run. */
package io.github.dolphinml.jupyter.config;
