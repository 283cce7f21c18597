/** From the form of a JUPYTER node to a notebook run that can be planned. */
package io.github.dolphinml.jupyter.config;
