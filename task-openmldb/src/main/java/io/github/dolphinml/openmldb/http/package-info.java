/**
 * Runs statements through OpenMLDB's API server, from the worker and without Python. What it does and what it logs is
 * that of {@code run_statements.py}; the scenarios in the tests hold both to it.
 */
package io.github.dolphinml.openmldb.http;
