/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What a careful operator would try before these plugins go on a worker: nothing lost, left behind or let in. */
package io.github.dolphinml.hardening;
