/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From the form of a JUPYTER node to a notebook run that can be planned. */
package io.github.dolphinml.jupyter.config;
