/* Which containers are to be wrapped (instrument/task/task.h). */
#ifndef TERCEL_INSTRUMENT_TASK_TASK_HINTS_H
#define TERCEL_INSTRUMENT_TASK_TASK_HINTS_H

#include "instrument/task/plan.h"

/* Why the container is left alone; NULL: it is to be wrapped. */
const char *task_skip_reason(const struct task *task, const struct plan *plan);
/* Reports hints that cannot be read. */
void task_check_hints(const struct task *task);
bool task_has_container(const struct task *task, const char *name);

#endif
