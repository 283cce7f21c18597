/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Tests of the task type KUBEFLOW. */
package io.github.dolphinml.kubeflow;
