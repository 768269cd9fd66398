/*
 * Intrinsic functions of CloudFormation that can be evaluated before deployment, to a text: Ref, Fn::Sub, Fn::Join,
 * Fn::Select, Fn::Split, Fn::FindInMap, and Fn::If when both branches are the same; of the AWS::LanguageExtensions
 * FindInMap's DefaultValue and Fn::Length. The others are refused by name.
 */
#ifndef TERCEL_INSTRUMENT_CLOUDFORMATION_RESOLVER_H
#define TERCEL_INSTRUMENT_CLOUDFORMATION_RESOLVER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/option_table.h"
#include "instrument/document/node.h"

#define RESOLVED_BYTES_MAX 65536

struct resolver {
	struct arena *arena;
	const struct node *parameters; /* the template's section; NULL: none */
	const struct node *mappings;
	const struct option_list *values;         /* NAME=VALUE; beat a parameter's default */
	const char *region, *account, *partition; /* NULL: not known */
	bool hides_values;                        /* no message may show what was resolved */
};

/* False with a reason when it is not known before deployment, or no text. */
bool resolve_text(const struct resolver *resolver, const struct node *value, struct text *ret_text,
		  struct text *ret_reason);

#endif
