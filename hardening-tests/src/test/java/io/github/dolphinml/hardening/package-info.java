/** What a careful operator would try before these plugins go on a worker: nothing lost, left behind or let in. */
package io.github.dolphinml.hardening;
