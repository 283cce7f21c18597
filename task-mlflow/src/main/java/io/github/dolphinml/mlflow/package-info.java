/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The task type MLFLOW: what DolphinScheduler sees of it. */
package io.github.dolphinml.mlflow;
