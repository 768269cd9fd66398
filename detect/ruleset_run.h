/*
 * Runs a program on events: joins the state's field values with the interpreter. One runner belongs to one stream of
 * events and one thread.
 *
 * For every event in its order: state_apply(), ruleset_run(), then alerts are built for the matches (alert_build.h).
 */
#ifndef TERCEL_DETECT_RULESET_RUN_H
#define TERCEL_DETECT_RULESET_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "event/fields/field_source.h"
#include "vm/interpret.h"

struct state;
struct ruleset_runner;

/* `state` must outlive the runner. Without a program until ruleset_runner_set_program(). NULL when there is no memory. */
struct ruleset_runner *ruleset_runner_new(struct state *state);
struct ruleset_runner *ruleset_runner_free(struct ruleset_runner *runner); /* returns NULL; accepts NULL */

/*
 * Runs `program` from the next event on; the program must live until another one was set or the runner is freed. Rules
 * are enabled as the program says; what fields keep per use starts anew. `matching` RULE_MATCHING_UNSET: as the program
 * says, else `first`. 0, or -ENOMEM and everything is as before.
 */
int ruleset_runner_set_program(struct ruleset_runner *runner, const struct program *program,
			       enum rule_matching matching);
void ruleset_runner_enable_all(struct ruleset_runner *runner);
/* Disables all rules that are less urgent, as if they had not been loaded. */
void ruleset_runner_set_priority(struct ruleset_runner *runner, enum priority least);

/*
 * The rules that match the event, after state_apply(). Events that are hidden are noted and match nothing. The matches,
 * and the values of fields, are valid until the next call.
 */
uint32_t ruleset_run(struct ruleset_runner *runner, struct event *event, const struct rule_match **ret_matches);

/* For alerts, after ruleset_run() for the same event. Slots are those of the program. */
const struct program *ruleset_runner_program(const struct ruleset_runner *runner);
const struct value *ruleset_runner_slot_value(struct ruleset_runner *runner, uint32_t slot);
struct field_reader *ruleset_runner_fields(struct ruleset_runner *runner);

#endif
