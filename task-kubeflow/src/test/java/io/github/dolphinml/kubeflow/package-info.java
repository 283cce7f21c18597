/** Tests of the task type KUBEFLOW. */
package io.github.dolphinml.kubeflow;
