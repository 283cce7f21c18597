/** What is wrong with a task's input, said in the words of the form. */
package io.github.dolphinml.common.validate;
