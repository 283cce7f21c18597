/** From a run of statements to the files and steps that do it through OpenMLDB's Python SDK. */
package io.github.dolphinml.openmldb.plan;
