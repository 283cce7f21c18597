/** Every contact with DolphinScheduler that differs between its lines. */
package io.github.dolphinml.common.ds;
