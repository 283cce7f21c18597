/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Reads the form of an MLFLOW node into a validated project run, deployment or batch prediction. */
package io.github.dolphinml.mlflow.config;
