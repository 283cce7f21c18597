/** The task type DVC: versions of data, uploaded, downloaded and checked. */
package io.github.dolphinml.dvc;
