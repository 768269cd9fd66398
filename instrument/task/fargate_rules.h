/* The rules of ECS on Fargate, for any task definition: what registration or the start of a task would reject. */
#ifndef TERCEL_INSTRUMENT_TASK_FARGATE_RULES_H
#define TERCEL_INSTRUMENT_TASK_FARGATE_RULES_H

#include "instrument/task/task.h"

/*
 * Reports every violation. `task` has been read (task_read()); what is known only at deployment (an intrinsic function)
 * is taken to be right.
 */
void fargate_rules_check(struct task *task);

#endif
