#include "compiler/check/check_types.h"

#include <errno.h>

#include "base/buffer.h"
#include "compiler/condition/canonical_text.h"
#include "compiler/check/check_constants.h"
#include "compiler/emit/event_codes.h"
#include "compiler/check/resolve_field.h"

struct type_check {
	struct arena *arena;
	const struct constant_pool *pool; /* NULL: none */
	struct finding_sink *sink;
	const struct macro_use *used_by;
	bool has_errors, has_no_memory;
};

/* ---- reporting ---- */

static void report(struct type_check *check, enum finding_kind kind, struct span span, struct text message, struct text hint)
{
	struct finding finding = {.kind = kind,
				  .span = span,
				  .message = message,
				  .subject = TEXT_EMPTY,
				  .hint = hint,
				  .used_by = check->used_by};

	check->has_errors = true;
	if (check->sink)
		check->sink->report(check->sink, &finding);
}

static bool fail(struct type_check *check, struct span span, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Always false, so that a check can end with it. */
static bool fail(struct type_check *check, struct span span, const char *format, ...)
{
	struct buffer text = BUFFER_INIT;
	struct text message;
	va_list arguments;

	if (!check->sink) {
		check->has_errors = true;
		return false;
	}
	va_start(arguments, format);
	buffer_vprintf(&text, format, arguments);
	va_end(arguments);
	message = text.failed ? (struct text){0} : arena_copy_text(check->arena, buffer_text(&text));
	buffer_release(&text);
	if (!message.bytes)
		check->has_no_memory = true;
	else
		report(check, FINDING_ERROR, span, message, TEXT_EMPTY);
	return false;
}

static int result_of(const struct type_check *check)
{
	return check->has_no_memory ? -ENOMEM : check->has_errors ? -EINVAL : 0;
}

/* As messages name types: "CHARBUF", "CHARBUF (list)". */
static const char *shown_type(enum value_type type)
{
	return type == TYPE_DYN ? "DYNAMIC" : type_name(type);
}

static struct text shown_expression(struct type_check *check, const struct expression *expression)
{
	struct buffer buffer = BUFFER_INIT;
	struct text text = {0};

	canonical_expression(&buffer, expression);
	if (!buffer.failed)
		text = arena_copy_text(check->arena, buffer_text(&buffer));
	buffer_release(&buffer);
	if (!text.bytes) {
		check->has_no_memory = true;
		return TEXT_EMPTY;
	}
	return text;
}

/* ---- fields ---- */

static bool refuse_field(struct type_check *check, const struct expression *field, struct text whole, enum field_fault fault,
			 struct text culprit)
{
	struct text message, hint = TEXT_EMPTY;
	int similar;

	switch (fault) {
	case FIELD_FAULT_NONEXISTENT:
		break;
	case FIELD_FAULT_SYNTAX:
		return fail(check, field->span, "filter syntax error: " TEXT_FORMAT, TEXT_ARGUMENTS(whole));
	case FIELD_FAULT_NOT_A_NUMBER:
		return fail(check, field->span, TEXT_FORMAT " is not a valid number", TEXT_ARGUMENTS(culprit));
	case FIELD_FAULT_UNKNOWN_PARAMETER:
		return fail(check, field->span, "unknown event argument " TEXT_FORMAT, TEXT_ARGUMENTS(culprit));
	case FIELD_FAULT_NOT_EXPLICIT:
		return fail(check, field->span, "evt.arg fields must be expressed explicitly");
	case FIELD_FAULT_ARGUMENT_REQUIRED:
		return fail(check, field->span, "filter " TEXT_FORMAT " requires an argument but none provided",
			    TEXT_ARGUMENTS(whole));
	case FIELD_FAULT_NONE:
		return true;
	}
	if (!check->sink) {
		check->has_errors = true;
		return false;
	}
	message = arena_format(check->arena, "filter_check called with nonexistent field " TEXT_FORMAT, TEXT_ARGUMENTS(whole));
	similar = field_with_similar_name(field->name);
	if (similar >= 0 && !text_is(field->name, field_info((unsigned)similar)->name))
		hint = arena_format(check->arena, "did you mean '%s'?", field_info((unsigned)similar)->name);
	if (!message.bytes || !hint.bytes)
		check->has_no_memory = true;
	else
		report(check, FINDING_UNKNOWN, field->span, message, hint);
	return false;
}

static bool check_field(struct type_check *check, struct expression *field)
{
	struct text whole = field->name, culprit = TEXT_EMPTY;
	struct field_reference reference;
	enum field_fault fault;

	if (field->has_argument) {
		whole = arena_format(check->arena, TEXT_FORMAT "[" TEXT_FORMAT "]", TEXT_ARGUMENTS(field->name),
				     TEXT_ARGUMENTS(field->argument));
		if (!whole.bytes) {
			check->has_no_memory = true;
			return false;
		}
	}
	fault = resolve_field(whole, &reference, &culprit);
	if (fault != FIELD_FAULT_NONE)
		return refuse_field(check, field, whole, fault, culprit);
	field->field = (int)reference.field;
	field->transformer = -1;
	field->type = reference.type;
	field->is_list = field_info(reference.field)->is_list;
	field->has_field_argument = reference.has_argument;
	field->field_argument_is_number = reference.argument_is_number;
	field->field_argument = reference.has_argument ? reference.argument : TEXT_EMPTY;
	field->field_argument_number = reference.argument_number;
	return true;
}

bool check_is_field(struct text whole)
{
	struct field_reference reference;
	struct text culprit;

	return resolve_field(whole, &reference, &culprit) == FIELD_FAULT_NONE;
}

static uint16_t field_flags(const struct expression *expression)
{
	return expression->kind == EXPRESSION_FIELD ? field_info((unsigned)expression->field)->flags : 0;
}

/* ---- transformers ---- */

static bool takes_several(int transformer)
{
	return transformer == TRANSFORMER_JOIN || transformer == TRANSFORMER_CONCAT || transformer == TRANSFORMER_GETOPT;
}

/* Through one-argument transformers to what they are applied on. */
static const struct expression *innermost(const struct expression *expression)
{
	while (expression->kind == EXPRESSION_TRANSFORMER && !takes_several(expression->transformer))
		expression = expression->children[0];
	return expression;
}

static bool is_text(enum value_type type)
{
	return type_kind(type) == KIND_STRING;
}

/* Whether a one-argument transformer may be applied on a type. */
static bool transformer_takes(enum transformer_id transformer, enum value_type type, bool is_list)
{
	switch (transformer) {
	case TRANSFORMER_TOLOWER:
	case TRANSFORMER_TOUPPER:
	case TRANSFORMER_BASENAME:
		return is_text(type);
	case TRANSFORMER_B64:
		return type == TYPE_CHARBUF || type == TYPE_BYTEBUF;
	case TRANSFORMER_LEN:
		return is_list || is_text(type) || type == TYPE_BYTEBUF;
	default:
		return false;
	}
}

static bool check_single(struct type_check *check, struct expression *transformer)
{
	const struct expression *child = transformer->children[0];
	const struct expression *inner = innermost(child);

	if (field_flags(inner) & FIELD_FLAG_NO_TRANSFORMER)
		return fail(check, transformer->span, "field '" TEXT_FORMAT "' does not support transformers",
			    TEXT_ARGUMENTS(shown_expression(check, inner)));
	if (!transformer_takes((enum transformer_id)transformer->transformer, child->type, child->is_list))
		return fail(check, transformer->span,
			    "can't add field transformer: type '%s' is not supported by '" TEXT_FORMAT
			    "' transformer applied on %sfield '" TEXT_FORMAT "'",
			    shown_type(child->type), TEXT_ARGUMENTS(transformer->name), child->is_list ? "list " : "",
			    TEXT_ARGUMENTS(shown_expression(check, inner)));
	transformer->type = child->type;
	transformer->is_list = child->is_list;
	if (transformer->transformer == TRANSFORMER_LEN) {
		transformer->type = TYPE_UINT64;
		transformer->is_list = false;
	}
	return true;
}

/* evt.rawarg has the type of the event at hand, whatever it was checked as. */
static bool is_dynamic(const struct expression *expression)
{
	return expression->kind == EXPRESSION_FIELD && expression->field == FIELD_EVT_RAWARG;
}

/*
 * join, concat and getopt look at what their arguments were before one-argument transformers, as in Falco; what such a
 * transformer makes of a text (len: a number) is turned into text again. A list that became a number is refused.
 */
static bool check_join(struct type_check *check, struct expression *join)
{
	const struct expression *separator, *list;

	if (join->child_count != 2)
		return fail(check, join->span, "join() requires exactly 2 arguments: separator and list");
	separator = join->children[0];
	list = join->children[1];
	if (innermost(separator)->is_list || separator->is_list)
		return fail(check, separator->span, "join() first argument (separator) must be a single value, not a list");
	if (!is_text(separator->type) || is_dynamic(separator))
		return fail(check, separator->span, "join() first argument (separator) must be a string");
	if (!innermost(list)->is_list || !list->is_list)
		return fail(check, list->span, "join() second argument must be a list");
	join->type = TYPE_CHARBUF;
	join->is_list = false;
	return true;
}

static bool check_concat(struct type_check *check, struct expression *concat)
{
	for (uint32_t i = 0; i < concat->child_count; i++) {
		const struct expression *inner = innermost(concat->children[i]);

		if (inner->is_list || inner->type != TYPE_CHARBUF)
			return fail(check, concat->children[i]->span, "concat() arguments must be strings");
	}
	concat->type = TYPE_CHARBUF;
	concat->is_list = false;
	return true;
}

static bool check_getopt(struct type_check *check, struct expression *getopt)
{
	const struct expression *list, *options;

	if (getopt->child_count != 2)
		return fail(check, getopt->span, "getopt() requires exactly 2 arguments: args list and optstring");
	list = getopt->children[0];
	options = getopt->children[1];
	if (!innermost(list)->is_list || !list->is_list || list->type != TYPE_CHARBUF)
		return fail(check, list->span, "getopt() first argument must be a list");
	if (innermost(options)->is_list || options->is_list || options->type != TYPE_CHARBUF ||
	    is_dynamic(options))
		return fail(check, options->span, "getopt() second argument (optstring) must be a single value");
	if (getopt->has_argument && getopt->argument.length != 1)
		return fail(check, expression_argument_span(getopt), "getopt() field argument must be a single option character");
	getopt->type = TYPE_CHARBUF;
	getopt->is_list = !getopt->has_argument;
	return true;
}

static bool check_any_expression(struct type_check *check, struct expression *expression);

static bool check_transformer(struct type_check *check, struct expression *transformer)
{
	bool is_good = true;

	transformer->field = -1;
	transformer->transformer = transformer_by_name(transformer->name);
	if (transformer->transformer < 0 || (takes_several(transformer->transformer) && transformer->child_count < 2))
		return fail(check, transformer->span, "unknown field transfomer '" TEXT_FORMAT "'",
			    TEXT_ARGUMENTS(transformer->name));
	if (!takes_several(transformer->transformer) && transformer->child_count != 1)
		return fail(check, transformer->span, "unknown multivalue transformer '" TEXT_FORMAT "'",
			    TEXT_ARGUMENTS(transformer->name));
	if (transformer->has_argument && transformer->transformer != TRANSFORMER_GETOPT)
		return fail(check, expression_argument_span(transformer),
			    "filter error: transformer '" TEXT_FORMAT "' does not support field arguments",
			    TEXT_ARGUMENTS(transformer->name));
	for (uint32_t i = 0; i < transformer->child_count; i++)
		is_good &= check_any_expression(check, transformer->children[i]);
	if (!is_good)
		return false;
	switch (transformer->transformer) {
	case TRANSFORMER_JOIN:
		return check_join(check, transformer);
	case TRANSFORMER_CONCAT:
		return check_concat(check, transformer);
	case TRANSFORMER_GETOPT:
		return check_getopt(check, transformer);
	default:
		return check_single(check, transformer);
	}
}

static bool check_any_expression(struct type_check *check, struct expression *expression)
{
	bool is_good = true;

	switch (expression->kind) {
	case EXPRESSION_FIELD:
		return check_field(check, expression);
	case EXPRESSION_TRANSFORMER:
		return check_transformer(check, expression);
	case EXPRESSION_LIST:
		for (uint32_t i = 0; i < expression->child_count; i++) {
			is_good &= check_any_expression(check, expression->children[i]);
			if (is_good && expression->children[i]->is_list)
				is_good = fail(check, expression->children[i]->span,
					       "elements of a transformer list must be single values");
		}
		break;
	case EXPRESSION_CONSTANT:
		break;
	}
	expression->field = -1;
	expression->transformer = -1;
	expression->type = TYPE_CHARBUF;
	expression->is_list = expression->kind == EXPRESSION_LIST;
	return is_good;
}

int check_expression(struct arena *arena, struct expression *expression, struct finding_sink *sink)
{
	struct type_check check = {.arena = arena, .sink = sink};

	check_any_expression(&check, expression);
	return result_of(&check);
}

/* ---- operators ---- */

bool check_operator_text(struct text name, enum operator_id *ret_operator, enum operator_modifier *ret_modifier)
{
	static const struct {
		const char *suffix;
		enum operator_modifier modifier;
	} modifiers[] = {{" oneof", MODIFIER_ONEOF}, {" anyof", MODIFIER_ANYOF}, {" allof", MODIFIER_ALLOF}};
	enum operator_modifier modifier = MODIFIER_NONE;
	int operator;

	for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++) {
		struct text suffix = text_from_string(modifiers[i].suffix);

		if (text_ends_with(name, suffix)) {
			modifier = modifiers[i].modifier;
			name = text_slice(name, 0, name.length - suffix.length);
			break;
		}
	}
	operator = operator_by_name(name);
	if (operator < 0 || (modifier != MODIFIER_NONE && !operator_info((unsigned)operator)->takes_modifier))
		return false;
	*ret_operator = (enum operator_id)operator;
	*ret_modifier = modifier;
	return true;
}

/* List fields may have elements of these types. */
static bool lists_support(enum value_type type)
{
	return type == TYPE_CHARBUF || type == TYPE_UINT64 || type == TYPE_RELTIME || type == TYPE_ABSTIME ||
	       type == TYPE_BOOL || type == TYPE_IPADDR || type == TYPE_IPNET;
}

static const char *filter_class(enum value_type type)
{
	switch (type_kind(type)) {
	case KIND_SIGNED:
	case KIND_UNSIGNED:
	case KIND_REAL:
	case KIND_BOOLEAN:
		return "numeric";
	case KIND_STRING:
		return "string";
	case KIND_BYTES:
		return "buffer";
	default:
		return "ip address and network";
	}
}

static bool check_operator(struct type_check *check, const struct condition *condition)
{
	const struct operator_info *operator = operator_info((unsigned)condition->operator);
	const struct expression *left = condition->left;
	const struct expression *inner = innermost(left);
	bool is_address = type_kind(left->type) == KIND_ADDRESS || type_kind(left->type) == KIND_NETWORK;

	if (inner->kind == EXPRESSION_FIELD && inner->field == FIELD_EVT_AROUND && condition->operator != OPERATOR_EQUAL)
		return fail(check, condition->operator_span, "evt.around supports only '=' comparison operator");
	if (condition->operator == OPERATOR_EXISTS)
		return true;
	if (left->is_list) {
		if (!lists_support(left->type))
			return fail(check, left->span, "filter error: list filters are not supported for type '%s'",
				    shown_type(left->type));
		if (!operator->takes_list_fields)
			return fail(check, condition->operator_span, "filter error: '%s' operator not supported list filters",
				    operator->name);
		return true;
	}
	/* Types that no comparison is made for, although they have numbers. */
	if (type_kind(left->type) == KIND_OPAQUE || left->type == TYPE_UID || left->type == TYPE_GID || left->type == TYPE_SIGSET)
		return fail(check, condition->operator_span, "filter error: '%s' operator not supported for type '%s'",
			    operator->name, shown_type(left->type));
	if (left->type == TYPE_BYTEBUF && inner->kind == EXPRESSION_FIELD && inner->field == FIELD_EVT_RAWARG)
		return fail(check, condition->operator_span, "filter error: '%s' operator not supported for buffer filters",
			    operator->name);
	if (condition->modifier != MODIFIER_NONE && is_address && condition->operator != OPERATOR_EQUAL &&
	    condition->operator != OPERATOR_NOT_EQUAL)
		return fail(check, condition->operator_span,
			    "filter error: '%s' operator with modifier not supported for ip address and network filters",
			    operator->name);
	if (!(operator->kinds >> type_kind(left->type) & 1))
		return fail(check, condition->operator_span, "filter error: '%s' operator not supported for %s filters",
			    operator->name, filter_class(left->type));
	return true;
}

/* ---- right-hand sides ---- */

static bool check_right_field(struct type_check *check, struct condition *condition)
{
	const struct expression *left = condition->left;
	struct expression *right = condition->right;

	if (condition->operator == OPERATOR_PMATCH || condition->operator == OPERATOR_REGEX)
		return fail(check, condition->operator_span, "operator '%s' doesn't support right-hand side fields",
			    condition->operator == OPERATOR_PMATCH ? "PMATCH" : "REGEX");
	if (!check_any_expression(check, right))
		return false;
	if (type_kind(left->type) == KIND_NETWORK)
		return fail(check, right->span, "field type '%s' doesn't support right-hand side fields", shown_type(left->type));
	if (field_flags(innermost(left)) & FIELD_FLAG_NO_RHS)
		return fail(check, right->span, "field '" TEXT_FORMAT "' doesn't support right-hand side fields",
			    TEXT_ARGUMENTS(shown_expression(check, innermost(left))));
	if (field_flags(innermost(right)) & FIELD_FLAG_NO_RHS)
		return fail(check, right->span, "field '" TEXT_FORMAT "' can't be used as a right-hand side field",
			    TEXT_ARGUMENTS(shown_expression(check, innermost(right))));
	if (left->type != right->type || left->is_list != right->is_list)
		return fail(check, right->span,
			    "field '" TEXT_FORMAT "' has type '%s%s' while the right-hand side field '" TEXT_FORMAT
			    "' has incompatible type '%s%s'",
			    TEXT_ARGUMENTS(shown_expression(check, left)), shown_type(left->type), left->is_list ? " (list)" : "",
			    TEXT_ARGUMENTS(shown_expression(check, right)), shown_type(right->type),
			    right->is_list ? " (list)" : "");
	return true;
}

static bool is_event_type(const struct expression *expression)
{
	return expression->kind == EXPRESSION_FIELD && expression->field == FIELD_EVT_TYPE;
}

static bool check_event_type(struct type_check *check, const struct constant *constant, struct span span)
{
	struct text message;

	if (event_type_is_known(constant->value))
		return true;
	if (!check->sink) {
		check->has_errors = true;
		return false;
	}
	message = arena_format(check->arena, "unknown event type " TEXT_FORMAT, TEXT_ARGUMENTS(constant->value));
	if (!message.bytes)
		check->has_no_memory = true;
	else
		report(check, FINDING_UNKNOWN, span, message, TEXT_EMPTY);
	return false;
}

static bool check_constants(struct type_check *check, struct condition *condition)
{
	const struct typed_constant *known = NULL;
	struct typed_constant *typed = NULL;
	bool is_good = true;

	if (check->pool && constant_pool_find(check->pool, condition, &known) != 0) {
		check->has_no_memory = true;
		return false;
	}
	if (!known)
		typed = arena_allocate_array(check->arena, (size_t)condition->constant_count + 1, sizeof *typed);
	if (!known && !typed) {
		check->has_no_memory = true;
		return false;
	}
	for (uint32_t i = 0; i < condition->constant_count; i++) {
		const struct constant *constant = &condition->constants[i];
		struct text message = TEXT_EMPTY;
		int status = known ? 0
				   : check_constant(check->arena, constant->value, condition->left->type,
						    (enum operator_id)condition->operator, &typed[i], &message);

		if (status == -EINVAL) {
			report(check, FINDING_ERROR, constant_span(condition, constant), message, TEXT_EMPTY);
			is_good = false;
		} else if (status != 0) {
			check->has_no_memory = true;
			return false;
		} else if (is_event_type(innermost(condition->left))) {
			is_good &= check_event_type(check, constant, constant_span(condition, constant));
		}
	}
	condition->typed = known ? known : typed;
	if (is_good && !known && check->pool && constant_pool_add(check->pool, condition, typed) != 0)
		check->has_no_memory = true;
	return is_good && !check->has_no_memory;
}

/* What the rule index cannot analyse; Falco fails there, too, though not as a finding. */
static bool check_indexable(struct type_check *check, const struct condition *condition)
{
	const struct expression *inner = innermost(condition->left);
	bool is_indexed = inner->kind == EXPRESSION_FIELD &&
			  (inner->field == FIELD_EVT_TYPE || inner->field == FIELD_SYSCALL_TYPE);
	bool is_equality = condition->modifier == MODIFIER_NONE &&
			   (condition->operator == OPERATOR_EQUAL || condition->operator == OPERATOR_NOT_EQUAL ||
			    condition->operator == OPERATOR_IN);

	if (!is_indexed)
		return true;
	if (condition->left != inner && (is_equality || condition->operator == OPERATOR_EXISTS))
		return fail(check, condition->left->span, "event code search does not support `evt.type` checks with transformers");
	if (condition->right && is_equality)
		return fail(check, condition->right->span,
			    "right-hand field comparisons on `evt.type`/`syscall.type` checks are not supported by event code search");
	return true;
}

static void check_check(struct type_check *check, struct condition *condition)
{
	condition->operator = operator_by_name(condition->operator_text);
	if (condition->operator < 0) {
		fail(check, condition->operator_span, "'" TEXT_FORMAT "' is not a supported comparison operator",
		     TEXT_ARGUMENTS(condition->operator_text));
		return;
	}
	if (!check_any_expression(check, condition->left))
		return;
	if (!check_operator(check, condition))
		return;
	if (condition->right_side == RIGHT_FIELD || condition->right_side == RIGHT_TRANSFORMER) {
		if (!check_right_field(check, condition))
			return;
	} else if (condition->right_side != RIGHT_NONE) {
		if (!check_constants(check, condition))
			return;
	}
	check_indexable(check, condition);
}

/* Nesting is bounded by the parser. */
static void check_tree(struct type_check *check, struct condition *condition)
{
	if (check->has_no_memory)
		return;
	if (condition->kind == CONDITION_CHECK) {
		check->used_by = condition->used_by;
		check_check(check, condition);
		return;
	}
	for (uint32_t i = 0; i < condition->child_count; i++)
		check_tree(check, condition->children[i]);
}

int check_condition(struct arena *arena, struct condition *root, struct finding_sink *sink)
{
	return check_condition_sharing(arena, NULL, root, sink);
}

int check_condition_sharing(struct arena *arena, const struct constant_pool *pool, struct condition *root,
			    struct finding_sink *sink)
{
	struct type_check check = {.arena = arena, .pool = pool, .sink = sink};

	check_tree(&check, root);
	return result_of(&check);
}
