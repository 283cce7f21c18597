/** What a task will do, as data: files, environment variables and argument lists. */
package io.github.dolphinml.common.plan;
