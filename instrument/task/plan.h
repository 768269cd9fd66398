/* What is to happen to one container: shared by the files that decide, apply and undo (instrument/task/task.h). */
#ifndef TERCEL_INSTRUMENT_TASK_PLAN_H
#define TERCEL_INSTRUMENT_TASK_PLAN_H

#include <stdbool.h>

#include "instrument/task/task.h"

/* How a list of words is given: `entryPoint`, `command`, or a branch of a condition in their place. */
enum words_kind {
	WORDS_UNSET,     /* absent, null, [], AWS::NoValue: the image's is used */
	WORDS_RESET,     /* [""]: neither the image's nor any */
	WORDS_LITERAL,   /* elements; some of them may be intrinsic functions */
	WORDS_CONDITION, /* Fn::If */
	WORDS_OPAQUE,    /* another function that yields a list */
	WORDS_BAD,       /* nothing that ECS takes */
};

/* A value of a condition under which something is there. */
struct assumption {
	struct text condition;
	bool holds;
	const struct assumption *next;
};

/* What is assumed of the condition; NULL: nothing. */
const struct assumption *find_assumption(const struct assumption *assumed, struct text condition);

struct plan {
	size_t index;                     /* in the order of the document */
	const struct assumption *assumed; /* of the conditions around the container */
	struct node *container;
	struct node *entry_point, *command; /* members, or NULL */
	struct text name;
	struct text evaluated_name; /* where `name` is an expression: its value, if it is known before deployment */
	struct text label; /* what an earlier run left to undo it by, as text; empty: none */
	bool is_wrapped;
	bool has_image; /* `image` is known */
	struct image_config image;
	struct text pinned;        /* the image's name with its digest; empty: it stays as it is */
	struct decision *decision; /* in the report; NULL without memory */
	struct plan *next;
};

enum words_kind words_kind_of(enum spelling spelling, const struct node *words);
/* Whether some branch of it is of that kind. */
bool words_have(enum spelling spelling, struct node *words, enum words_kind kind);
/* The wrapper's words, up to and with "--"; a list of new nodes. */
struct node *wrapper_words(struct task *task);
struct text container_label(const struct task *task, const struct node *container, const char *label);
/* Whether `text` means this container: its name, the expression that is its name, its value, or "#1" for the first. */
bool plan_is_called(const struct plan *plan, struct text text);
/* Whether no values of the conditions let both be there. */
bool plans_exclude_each_other(const struct plan *a, const struct plan *b);
/* Empty, with a reason, when it is not known before deployment. */
struct text task_image_name(const struct task *task, const struct plan *plan, struct text *ret_reason);
struct text init_container_name(const struct task *task);
/* A call of an intrinsic function, in the form that the document has; NULL without memory. Takes `argument` over. */
struct node *intrinsic_call(struct task *task, const char *function, struct node *argument);
struct node *words_no_value(struct task *task);
/*
 * What an option gives: a text, or in CloudFormation an expression in YAML or JSON ("!Ref Name"), in the form that the
 * document has. NULL when it is none, or without memory.
 */
struct node *option_value(struct task *task, const char *option);
/* Whether it is an expression. */
bool option_is_expression(const char *option);
/* For reports: as it is written, on one line; "-" when there is none. */
struct text words_text(struct task *task, const struct node *words);

/* undo_label.c */

/*
 * Where an `entryPoint` or `command` came from; conditions as "(then,else)", in which behind "image:" or "none:" stands
 * what was in its place. Behind "joined~" stands how the list was written, behind "task-reset~" how the empty word.
 */
#define ORIGIN_TASK "task"
#define ORIGIN_IMAGE "image"
#define ORIGIN_NONE "none"
#define ORIGIN_RESET "task-reset"
#define ORIGIN_JOINED "joined"
#define UNDO_BRANCH "branch" /* "branch:LIST:a;b;c": what each branch of a list was, "-": there was a list */

struct undo_label {
	struct text entry_point, command; /* origins */
	size_t word_count;                /* of the wrapper */
	struct text made;                 /* names with commas between: members that we created */
	struct text was;                  /* name:null, name:empty, name:novalue: members that stood for nothing */
	struct text volume;       /* of the task's `volumes`: "0" an element, "1" made, "branch:...", or what it was */
	struct text process_mode;         /* "1": `pidMode` is ours */
	struct text prefix;               /* of names; empty: the usual one */
	struct text metadata;             /* "1": the resource's Metadata is ours */
	struct text tag;         /* of the image before it was pinned, with its colon; "-": there was none */
};

/* What the label of the container says, from wherever it stands; empty when it carries none. */
struct text undo_label_text(const struct task *task, const struct plan *plan);
/* Where a label goes that the container's dockerLabels cannot take: a member of the resource's Metadata of this name.
 */
struct text undo_metadata_name(const struct task *task, const struct plan *plan);
/*
 * How a member, or a branch of a condition, stands for nothing: "null", "empty", "novalue"; where that is not written
 * the usual way, followed by "~" and how it is: bytes other than letters and digits as "%0A", lines without the
 * indentation of the first one. undo_nothing() makes it of the name, to be written at `place`; NULL without memory.
 */
struct text undo_nothing_name(const struct task *task, const struct node *nothing);
struct node *undo_nothing(struct task *task, struct text name, const struct node *place);
/*
 * The same for any value: `kind`, "~" and how the value is written; `kind` alone where that is too long.
 * undo_written() makes `node` be written so at `place`, if that is its value still; false when it is not.
 */
struct text undo_written_name(const struct task *task, struct text kind, const struct node *value);
bool undo_written(struct task *task, struct text name, struct node *node, const struct node *place);
bool undo_label_parse(struct text text, struct undo_label *ret_label);
struct text undo_label_format(struct arena *arena, const struct undo_label *label);
/* What the branches of this list were, with ';' between them; empty: nothing special. */
struct text undo_branches(const struct undo_label *label, const char *list);
/* The text up to `separator`, which goes from *rest. */
struct text undo_next_piece(struct text *rest, char separator);
/* Whether the comma-separated list has this name; of "name:value", *ret_value is the value. */
bool undo_list_has(struct text list, const char *name, struct text *ret_value);

#endif
