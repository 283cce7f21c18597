/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From a manifest run to the files and steps that do it through kubectl. */
package io.github.dolphinml.kubeflow.plan;
