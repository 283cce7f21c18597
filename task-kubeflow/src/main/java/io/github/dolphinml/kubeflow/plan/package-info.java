/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Plans a manifest run: the files and steps that carry it out with kubectl. */
package io.github.dolphinml.kubeflow.plan;
