/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Stages the files of a plan, runs it in the worker's shell, ends what it started and cleans up. */
package io.github.dolphinml.common.run;
