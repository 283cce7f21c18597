/** From the form of an OPENMLDB node to a run of statements whose every part has been checked. */
package io.github.dolphinml.openmldb.config;
