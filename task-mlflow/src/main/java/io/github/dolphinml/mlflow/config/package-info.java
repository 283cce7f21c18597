/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From the form of an MLFLOW node to a project run or a deployment whose every part has been checked. */
package io.github.dolphinml.mlflow.config;
