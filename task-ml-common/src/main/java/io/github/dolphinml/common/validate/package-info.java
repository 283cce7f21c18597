/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What is wrong with a task's input, said in the words of the form. */
package io.github.dolphinml.common.validate;
