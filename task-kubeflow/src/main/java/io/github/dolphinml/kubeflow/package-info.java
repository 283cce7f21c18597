/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The task type KUBEFLOW: applies a manifest to a Kubernetes cluster and follows its objects until they end. */
package io.github.dolphinml.kubeflow;
