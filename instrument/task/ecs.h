/* How the kinds of documents spell ECS's definitions, and their intrinsic functions. */
#ifndef TERCEL_INSTRUMENT_TASK_ECS_H
#define TERCEL_INSTRUMENT_TASK_ECS_H

#include <stdbool.h>

#include "instrument/document/node.h"
#include "instrument/document/report.h"

enum spelling {
	SPELLING_API,            /* register-task-definition: "entryPoint" */
	SPELLING_CLOUDFORMATION, /* "EntryPoint", and intrinsic functions */
	SPELLING_TERRAFORM,      /* jsonencode() for the AWS provider, which does not look at case */
};

enum member_level {
	MEMBER_TASK = 1,
	MEMBER_READ_ONLY = 2, /* answers of describe-task-definition; registration rejects them */
	MEMBER_CONTAINER = 4,
};

/* The name as it is written by us; lives in the arena or is `name` itself. NULL when there is no memory. */
const char *ecs_name(enum spelling spelling, struct arena *arena, const char *name);
/* The member, given by the name that the API has. */
struct node *ecs_member(enum spelling spelling, const struct node *object, const char *name);
/* The text of a string member; empty when there is none. */
struct text ecs_member_text(enum spelling spelling, const struct node *object, const char *name);

/*
 * Reports members that differ from known ones only in case, where that matters, and with Terraform two that do so from
 * each other. `levels` is a set of enum member_level.
 */
void ecs_check_case(enum spelling spelling, struct report *report, const struct node *object, unsigned levels);
/* The level of the member of this name among `levels`, or 0. */
unsigned ecs_member_level(enum spelling spelling, struct text name, unsigned levels);

/* ---- intrinsic functions ---- */

/* Whether a member of this name stands for others that are not there: Fn::Transform, Fn::ForEach, a merge. */
bool ecs_brings_in(struct text key);
/*
 * The function that a node is a call of: "If", "Ref", "Sub" ..., without "Fn::", and its argument. A short tag on a
 * node is a call whose argument is the node itself. False when it is none; always so outside of CloudFormation.
 */
bool ecs_intrinsic(enum spelling spelling, const struct node *node, struct text *ret_function,
		   const struct node **ret_argument);
/* { "Ref": "AWS::NoValue" } */
bool ecs_is_no_value(enum spelling spelling, const struct node *node);
/* Fn::If with three arguments: its condition and branches. */
bool ecs_condition(enum spelling spelling, struct node *node, struct text *ret_condition, struct node **ret_then,
		   struct node **ret_else);

#endif
