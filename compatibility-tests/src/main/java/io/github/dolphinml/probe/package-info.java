/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** A plugin that is compiled as the shipped ones are, and runs any Python code: it tests the frame of the tasks. */
package io.github.dolphinml.probe;
