/* Secrets that arrive in environment variables, which is how container platforms hand them out. */
#ifndef TERCEL_BASE_ENVIRONMENT_H
#define TERCEL_BASE_ENVIRONMENT_H

#include "base/buffer.h"

/*
 * Appends the variable's value to `value` and takes the variable out of the environment: no program that is started
 * afterwards gets it, and its bytes are overwritten where the kernel put them, so /proc/PID/environ shows it neither for
 * this process nor for its children. Every one of several variables of that name goes; the first counts.
 *
 * 0, -EINVAL when `name` cannot be a variable's, -ENOENT when there is none, -ENOMEM. Before threads are started.
 */
int environment_take(const char *name, struct buffer *value);

#endif
