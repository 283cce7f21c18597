/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Reads the form of a KUBEFLOW node into a validated manifest run. */
package io.github.dolphinml.kubeflow.config;
