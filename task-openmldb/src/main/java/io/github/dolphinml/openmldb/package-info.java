/** The task type OPENMLDB: runs SQL statements in OpenMLDB and follows the jobs that they start. */
package io.github.dolphinml.openmldb;
