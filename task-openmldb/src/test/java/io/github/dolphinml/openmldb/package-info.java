/** Tests of the task type OPENMLDB. */
package io.github.dolphinml.openmldb;
