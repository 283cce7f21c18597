/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From the form of a KUBEFLOW node to a manifest run whose every part has been checked. */
package io.github.dolphinml.kubeflow.config;
