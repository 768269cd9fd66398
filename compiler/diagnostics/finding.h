/*
 * What the checks of the back end find, handed to whoever collects diagnostics. A pass reports everything it finds, in
 * the order in which Falco would meet it; Falco stops at the first error.
 */
#ifndef TERCEL_COMPILER_DIAGNOSTICS_FINDING_H
#define TERCEL_COMPILER_DIAGNOSTICS_FINDING_H

#include "compiler/condition/syntax_tree.h"

enum finding_kind {
	FINDING_ERROR,		  /* LOAD_ERR_COMPILE_CONDITION, or LOAD_ERR_COMPILE_OUTPUT for an item of an output */
	FINDING_UNKNOWN,	  /* the same, of the class that skip-if-unknown-filter forgives (language reference 1.16) */
	FINDING_CONDITION,	  /* LOAD_COMPILE_CONDITION */
	FINDING_UNSAFE_NA,	  /* LOAD_UNSAFE_NA_CHECK, without message */
	FINDING_DEPRECATED_FIELD, /* LOAD_DEPRECATED_ITEM; subject: the field */
	FINDING_NO_EVENT_TYPE,	  /* LOAD_NO_EVTTYPE; no span */
};

/* Every text lives in the arena given to the check. */
struct finding {
	enum finding_kind kind;
	struct span span;
	struct text message; /* Falco's, where Falco has one */
	struct text subject; /* DEPRECATED_FIELD; else empty */
	struct text hint;    /* what to do about it ("did you mean 'proc.name'?"); empty for none */
	const struct macro_use *used_by;
};

struct finding_sink {
	void (*report)(struct finding_sink *sink, const struct finding *finding);
};

#endif
