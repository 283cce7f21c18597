/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The task type MLFLOW: the classes that DolphinScheduler loads. */
package io.github.dolphinml.mlflow;
