/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Kubernetes manifests: from a text in YAML to checked objects in which every value knows its line. */
package io.github.dolphinml.common.kubernetes;
