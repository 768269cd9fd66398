/*
 * Field names with their arguments, as Falco reads them: the longest known name that the text begins with, then the
 * argument in the form that this field takes (language reference 4.15 and appendix A).
 */
#ifndef TERCEL_COMPILER_CHECK_RESOLVE_FIELD_H
#define TERCEL_COMPILER_CHECK_RESOLVE_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "catalog/catalog.h"

struct field_reference {
	enum field_id field;
	enum value_type type; /* of evt.rawarg.NAME: of the first parameter of that name */
	bool has_argument, argument_is_number;
	struct text argument; /* inside the text that was given */
	int64_t argument_number; /* evt.type.is.NAME: the first event of that name */
};

enum field_fault {
	FIELD_FAULT_NONE,
	FIELD_FAULT_NONEXISTENT,
	FIELD_FAULT_SYNTAX,		/* the argument is missing, or not of the form that the field takes */
	FIELD_FAULT_NOT_A_NUMBER,	/* culprit: the argument */
	FIELD_FAULT_UNKNOWN_PARAMETER,	/* evt.arg.NAME; culprit: NAME */
	FIELD_FAULT_NOT_EXPLICIT,	/* evt.rawarg[n] */
	FIELD_FAULT_ARGUMENT_REQUIRED,
};

/* `whole`: "proc.aname[2]". *ret_reference is set without a fault, *ret_culprit with some. */
enum field_fault resolve_field(struct text whole, struct field_reference *ret_reference, struct text *ret_culprit);

/* The field whose name is closest to a wrong one, for hints; -1 when none is near. */
int field_with_similar_name(struct text name);

#endif
