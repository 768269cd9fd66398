/*
 * One task definition: what it is, which of its containers are to be wrapped, and the changes that does to it.
 *
 * The order of work: task_read() finds the parts and the facts; task_decide() makes a plan for each container and
 * reports every reason to refuse; only when nothing was refused, task_apply() records the edits. task_remove() undoes.
 */
#ifndef TERCEL_INSTRUMENT_TASK_TASK_H
#define TERCEL_INSTRUMENT_TASK_TASK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/option_table.h"
#include "instrument/task/ecs.h"
#include "instrument/document/editor.h"
#include "instrument/images/image_lookup.h"
#include "instrument/document/node.h"
#include "instrument/document/report.h"
#include "instrument/cloudformation/resolver.h"

#define TERCEL_LABEL "tercel.instrumented" /* how to undo; instrument/task/undo_label.c */
#define TERCEL_OPT_OUT_LABEL "tercel.instrument"
#define TERCEL_DIRECTORY "/tercel"
#define TERCEL_PROGRAM TERCEL_DIRECTORY "/tercel-agent"
#define TERCEL_TOKEN_VARIABLE "TERCEL_TOKEN"
#define TERCEL_CA_VARIABLE "TERCEL_CA"
#define JOIN_SEPARATOR "|;|"     /* between the words of a list that is known only when the stack is deployed */
#define TASK_CONTAINERS_MAX 10   /* ECS's quota */
#define TASK_PLANS_MAX 64        /* containers of which conditions choose some */
#define METADATA_MEMBER "Tercel" /* of a resource's Metadata: labels that DockerLabels cannot take */

enum delivery {
	DELIVERY_INIT,         /* an init container fills a volume */
	DELIVERY_VOLUMES_FROM, /* the workload mounts what the init container has */
	DELIVERY_EMBEDDED,     /* the image has the agent */
};

/* From the command line; texts belong to the caller. */
struct instrument_options {
	enum delivery delivery;
	const char *agent_image, *orchestrator, *bundle, *token_secret, *ca_secret, *proxy, *pid_mode;
	const char *name_prefix;  /* of the init container and the volume: "tercel" */
	const char *init_user;    /* "0" */
	const char *architecture; /* where the definition does not say; NULL: amd64 */
	struct option_list trust, labels, agent_options, include, exclude;
	bool ptrace, only_tagged, peer_hints, force_pid1, skip_unknown_images, pin;
};

struct plan;

struct task {
	struct arena *arena;
	struct editor *editor;
	struct report *report;
	const struct instrument_options *options;
	struct image_lookup *images;
	const struct resolver *resolver; /* CloudFormation's; NULL otherwise */
	enum spelling spelling;
	struct text resource;       /* CloudFormation's logical id; empty otherwise */
	struct node *resource_node; /* with Type and Properties; NULL outside of CloudFormation */
	bool is_described;          /* by describe-task-definition: members that it adds belong there */
	const char *skip_reason;    /* none of ours as a whole; NULL: it is */
	struct node *definition;    /* the task's object; NULL for a bare list of containers */
	struct node *containers;    /* the list */
	const struct node *tags;    /* NULL: none */
	struct text architecture;   /* of its images: "amd64", "arm64" */
	struct plan *first_plan, *last_plan;
	struct node *metadata_labels; /* to be written; NULL: none */
	size_t plan_count;
	size_t container_count; /* that can run together */
};

/*
 * Fills what is derived from `definition` (or `containers`) and makes an empty plan for each container. `editor` must
 * be set. False after a fault of the document, which is then in the report.
 */
bool task_read(struct task *task);
/* Whether a container carries our label. */
bool task_is_instrumented(const struct task *task);
void task_decide(struct task *task);
void task_apply(struct task *task);
void task_remove(struct task *task);

#endif
