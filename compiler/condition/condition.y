/*
 * Falco's condition language, section 3.3 of the rule language reference.
 *
 * Canonical LR(1) because condition_parse.c asks in each state which tokens may come next: only these tables give the
 * exact answer, and find an error before any further reduction, which is what LAC would be needed for with others.
 */
%code requires {
#include "compiler/condition/condition_internal.h"
}

%define api.prefix {condition_}
%define api.pure full
%define api.push-pull push
%define api.location.type {struct condition_location}
%define lr.type canonical-lr
%define parse.error custom
%locations
%expect 0
%parse-param {struct condition_parse *parse}
%initial-action { @$ = (struct condition_location){0, 0}; }

%union {
	struct condition_token token;
	struct condition *condition;
	struct condition_list conditions;
	struct expression *expression;
	struct expression_list expressions;
	struct constant_list constants;
	struct condition_right right;
	unsigned count;
}

%code {
#define YYLLOC_DEFAULT(current, rhs, n)                                                                                \
	do {                                                                                                           \
		if (n) {                                                                                               \
			(current).start = YYRHSLOC(rhs, 1).start;                                                      \
			(current).end = YYRHSLOC(rhs, n).end;                                                          \
		} else {                                                                                               \
			(current).start = (current).end = YYRHSLOC(rhs, 0).end;                                        \
		}                                                                                                      \
	} while (0)
#define YYMAXDEPTH 16384

static const struct condition_token no_token = {{"", 0}, false, MODIFIER_NONE};
static const struct expression_list no_expressions;

static struct condition_right right_value(struct condition_parse *parse, enum right_side kind,
					  struct condition_token token, struct condition_location location)
{
	struct constant_list none = {0};

	return (struct condition_right){.kind = kind, .constants = append_constant(parse, none, token, location)};
}

static void condition_error(struct condition_location *location, struct condition_parse *parse,
			    const char *message);
}

%token END 0
%token START_CONDITION START_EXPRESSION
%token GROUP_OPEN GROUP_CLOSE NOT NOT_GROUP AND OR OR_GROUP
%token <token> FIELD MACRO_NAME IDENTIFIER TRANSFORMER_OPEN NUMBER QUOTED BARE BARE_ARGUMENT
%token <token> EXISTS NUMBER_OPERATOR STRING_OPERATOR LIST_OPERATOR MODIFIER
%token ARGUMENT_OPEN ARGUMENT_CLOSE VAL_OPEN VAL_CLOSE LIST_OPEN LIST_CLOSE COMMA
%token TRANSFORMER_CLOSE TRANSFORMER_LIST_OPEN TRANSFORMER_LIST_CLOSE

%nterm <condition> or_condition and_condition not_condition operand check
%nterm <conditions> or_terms and_terms
%nterm <count> nots
%nterm <expression> left field transformer transformer_call transformer_argument transformer_list
%nterm <expressions> transformer_arguments transformer_items
%nterm <right> number_right string_right list_right modified_right field_right list
%nterm <constants> strings
%nterm <token> string argument_text

%%

start:
	START_CONDITION or_condition
		{ parse->condition = $2; }
|	START_EXPRESSION left
		{ parse->expression = $2; }
;

or_condition:
	or_terms
		{ $$ = build_join(parse, CONDITION_OR, $1, @$); }
;

or_terms:
	and_condition
		{ $$ = append_condition(parse, (struct condition_list){0}, $1); }
|	or_terms OR and_condition
		{ $$ = append_condition(parse, $1, $3); }
	/* A quirk of Falco's: what follows `or(` without a blank is the group alone, and no `and` may follow it. */
|	or_terms OR_GROUP or_condition GROUP_CLOSE
		{ $$ = append_condition(parse, $1, $3); }
;

and_condition:
	and_terms
		{ $$ = build_join(parse, CONDITION_AND, $1, @$); }
;

and_terms:
	not_condition
		{ $$ = append_condition(parse, (struct condition_list){0}, $1); }
|	and_terms AND not_condition
		{ $$ = append_condition(parse, $1, $3); }
;

not_condition:
	nots operand
		{
			@$.start = $1 ? @1.start : @2.start;
			$$ = build_not(parse, $1, $2, @$);
		}
|	nots NOT_GROUP or_condition GROUP_CLOSE
		{
			@$.start = $1 ? @1.start : @2.start;
			$$ = build_not(parse, $1 + 1, $3, @$);
		}
;

nots:
	%empty
		{ $$ = 0; }
|	nots NOT
		{
			@$.start = $1 ? @1.start : @2.start;
			$$ = $1 + 1;
		}
;

operand:
	GROUP_OPEN or_condition GROUP_CLOSE
		{ $$ = $2; }
|	MACRO_NAME
		{ $$ = build_macro(parse, $1, @1); }
|	check
;

check:
	left EXISTS
		{ $$ = build_check(parse, $1, $2, @2, (struct condition_right){RIGHT_NONE}, @$); }
|	left NUMBER_OPERATOR number_right
		{ $$ = build_check(parse, $1, $2, @2, $3, @$); }
|	left STRING_OPERATOR string_right
		{ $$ = build_check(parse, $1, $2, @2, $3, @$); }
|	left STRING_OPERATOR MODIFIER modified_right
		{
			$2.modifier = $3.modifier;
			$$ = build_check(parse, $1, $2, (struct condition_location){@2.start, @3.end}, $4, @$);
		}
|	left LIST_OPERATOR list_right
		{ $$ = build_check(parse, $1, $2, @2, $3, @$); }
;

left:
	field
|	transformer
;

field:
	FIELD
		{ $$ = build_expression(parse, EXPRESSION_FIELD, $1, no_expressions, @$); }
|	FIELD ARGUMENT_OPEN argument_text ARGUMENT_CLOSE
		{
			$$ = build_expression(parse, EXPRESSION_FIELD, $1, no_expressions, @$);
			$$ = build_argument(parse, $$, $3, @3, @$);
		}
;

argument_text:
	QUOTED
|	BARE_ARGUMENT
;

transformer:
	transformer_call
|	transformer_call ARGUMENT_OPEN argument_text ARGUMENT_CLOSE
		{ $$ = build_argument(parse, $1, $3, @3, @$); }
;

transformer_call:
	TRANSFORMER_OPEN transformer_arguments TRANSFORMER_CLOSE
		{ $$ = build_expression(parse, EXPRESSION_TRANSFORMER, $1, $2, @$); }
;

transformer_arguments:
	transformer_argument
		{ $$ = append_expression(parse, no_expressions, $1); }
|	transformer_arguments COMMA transformer_argument
		{ $$ = append_expression(parse, $1, $3); }
|	transformer_list
		{ $$ = append_expression(parse, no_expressions, $1); }
|	transformer_arguments COMMA transformer_list
		{ $$ = append_expression(parse, $1, $3); }
;

transformer_argument:
	NUMBER
		{ $$ = build_expression(parse, EXPRESSION_CONSTANT, $1, no_expressions, @$); }
|	QUOTED
		{ $$ = build_expression(parse, EXPRESSION_CONSTANT, $1, no_expressions, @$); }
|	left
;

transformer_list:
	TRANSFORMER_LIST_OPEN TRANSFORMER_LIST_CLOSE
		{ $$ = build_expression(parse, EXPRESSION_LIST, no_token, no_expressions, @$); }
|	TRANSFORMER_LIST_OPEN transformer_items TRANSFORMER_LIST_CLOSE
		{ $$ = build_expression(parse, EXPRESSION_LIST, no_token, $2, @$); }
;

transformer_items:
	transformer_argument
		{ $$ = append_expression(parse, no_expressions, $1); }
|	transformer_items COMMA transformer_argument
		{ $$ = append_expression(parse, $1, $3); }
;

number_right:
	NUMBER
		{ $$ = right_value(parse, RIGHT_VALUE, $1, @1); }
|	field_right
;

string_right:
	string
		{ $$ = right_value(parse, RIGHT_VALUE, $1, @1); }
|	field_right
;

list_right:
	list
|	IDENTIFIER
		{ $$ = right_value(parse, RIGHT_IDENTIFIER, $1, @1); }
|	field_right
;

modified_right:
	list
|	IDENTIFIER
		{ $$ = right_value(parse, RIGHT_IDENTIFIER, $1, @1); }
;

field_right:
	VAL_OPEN field VAL_CLOSE
		{ $$ = (struct condition_right){.kind = RIGHT_FIELD, .expression = $2}; }
|	VAL_OPEN field VAL_CLOSE ARGUMENT_OPEN argument_text ARGUMENT_CLOSE
		{
			/* Parses, and means nothing: check_types refuses a transformer `val`. */
			struct condition_token name = {{"val", 3}, false, MODIFIER_NONE};
			struct expression_list children = append_expression(parse, no_expressions, $2);

			$$ = (struct condition_right){.kind = RIGHT_TRANSFORMER};
			$$.expression = build_expression(parse, EXPRESSION_TRANSFORMER, name, children, @$);
			$$.expression = build_argument(parse, $$.expression, $5, @5, @$);
		}
|	transformer
		{ $$ = (struct condition_right){.kind = RIGHT_TRANSFORMER, .expression = $1}; }
;

list:
	LIST_OPEN LIST_CLOSE
		{ $$ = (struct condition_right){.kind = RIGHT_LIST}; }
|	LIST_OPEN strings LIST_CLOSE
		{ $$ = (struct condition_right){.kind = RIGHT_LIST, .constants = $2}; }
;

strings:
	string
		{ $$ = append_constant(parse, (struct constant_list){0}, $1, @1); }
|	strings COMMA string
		{ $$ = append_constant(parse, $1, $3, @3); }
;

string:
	QUOTED
|	BARE
;

%%

/* The loop below knows the mode and what to say; bison only wants to have somebody to tell. */
static int yyreport_syntax_error(const yypcontext_t *context, struct condition_parse *parse)
{
	(void)context;
	(void)parse;
	return 0;
}

static void condition_error(struct condition_location *location, struct condition_parse *parse,
			    const char *message)
{
	/* Only "memory exhausted" comes here. */
	(void)location;
	(void)message;
	parse->failed_memory = true;
}

#define BIT(symbol) (UINT64_C(1) << (symbol))
#define VALUES                                                                                                         \
	"field with a valid transformer: 'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'"

_Static_assert(YYNTOKENS <= 64, "sets of tokens are 64-bit masks");

/* The first row whose tokens may all come next gives the mode. */
static const struct {
	uint64_t tokens;
	enum condition_mode mode;
	const char *message;
} mode_rows[] = {
	{BIT(YYSYMBOL_MACRO_NAME), MODE_OPERAND, "expected a '(' token, a field check, or an identifier"},
	{BIT(YYSYMBOL_EXISTS), MODE_OPERATOR,
	 "expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob', "
	 "'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', 'intersects', 'in', "
	 "'pmatch'"},
	{BIT(YYSYMBOL_MODIFIER), MODE_STRING_VALUE, "expected a string value or a " VALUES},
	{BIT(YYSYMBOL_NUMBER) | BIT(YYSYMBOL_VAL_OPEN), MODE_NUMBER_VALUE, "expected a number value or a " VALUES},
	{BIT(YYSYMBOL_IDENTIFIER) | BIT(YYSYMBOL_VAL_OPEN), MODE_LIST_VALUE,
	 "expected a list, an identifier, or a " VALUES},
	{BIT(YYSYMBOL_IDENTIFIER), MODE_MODIFIED_VALUE, "expected a list or an identifier"},
	{BIT(YYSYMBOL_BARE) | BIT(YYSYMBOL_LIST_CLOSE), MODE_LIST_FIRST, "expected a ')' token"},
	{BIT(YYSYMBOL_BARE), MODE_LIST_NEXT, "expected a string value"},
	{BIT(YYSYMBOL_LIST_CLOSE), MODE_LIST_END, "expected a ')' token"},
	{BIT(YYSYMBOL_BARE_ARGUMENT), MODE_ARGUMENT,
	 "expected a valid field argument: a quoted string or a bare string"},
	{BIT(YYSYMBOL_ARGUMENT_CLOSE), MODE_ARGUMENT_END, "expected a ']' token"},
	{BIT(YYSYMBOL_NUMBER) | BIT(YYSYMBOL_TRANSFORMER_LIST_OPEN), MODE_TRANSFORMER_ARGUMENT,
	 "expected field transformer argument: field, transformer, quoted string, number, or transformer list"},
	{BIT(YYSYMBOL_NUMBER) | BIT(YYSYMBOL_TRANSFORMER_LIST_CLOSE), MODE_TRANSFORMER_LIST_FIRST,
	 "expected transformer list argument: field, transformer, quoted string, or number"},
	{BIT(YYSYMBOL_NUMBER), MODE_TRANSFORMER_LIST_NEXT,
	 "expected transformer list argument: field, transformer, quoted string, or number"},
	{BIT(YYSYMBOL_TRANSFORMER_LIST_CLOSE), MODE_TRANSFORMER_LIST_END,
	 "expected a ')' token closing the transformer list"},
	{BIT(YYSYMBOL_TRANSFORMER_CLOSE), MODE_TRANSFORMER_END, "expected a ')' token closing the transformer"},
	{BIT(YYSYMBOL_VAL_CLOSE), MODE_VAL_END, "expected a ')' token closing the 'val' transformer"},
	{BIT(YYSYMBOL_AND) | BIT(YYSYMBOL_GROUP_CLOSE), MODE_AFTER_CHECK, "expected a ')' token"},
	{BIT(YYSYMBOL_AND), MODE_AFTER_CHECK, NULL /* needs the last token */},
	{BIT(YYSYMBOL_OR) | BIT(YYSYMBOL_GROUP_CLOSE), MODE_AFTER_OR_GROUP, "expected a ')' token"},
	{BIT(YYSYMBOL_OR), MODE_AFTER_OR_GROUP, NULL},
	{BIT(YYSYMBOL_FIELD) | BIT(YYSYMBOL_TRANSFORMER_OPEN), MODE_EXPRESSION, "expected a field or a transformer"},
	{BIT(YYSYMBOL_FIELD), MODE_VAL_FIELD, "expected a field within 'val' transformer"},
	{BIT(YYSYMBOL_YYEOF), MODE_EXPRESSION_END, "unexpected text after the field or transformer"},
};

static const char *choose_mode(struct condition_parse *parse, condition_pstate *state)
{
	yysymbol_kind_t tokens[YYNTOKENS];
	int count = yypstate_expected_tokens(state, tokens, YYNTOKENS);
	uint64_t expected = 0;

	for (int i = 0; i < count; i++)
		expected |= BIT(tokens[i]);
	parse->may_open_argument = (expected & BIT(YYSYMBOL_ARGUMENT_OPEN)) != 0;
	for (size_t i = 0; i < sizeof mode_rows / sizeof mode_rows[0]; i++) {
		if ((expected & mode_rows[i].tokens) == mode_rows[i].tokens) {
			parse->mode = mode_rows[i].mode;
			return mode_rows[i].message;
		}
	}
	/* A state without a row would be a hole in the table: nothing is then accepted but the end. */
	parse->mode = MODE_EXPRESSION_END;
	return "unexpected token";
}

/* Counts nesting as Falco does; false when it is too deep. */
static bool count_depth(struct condition_parse *parse, int token)
{
	unsigned own = 0;

	switch (token) {
	case GROUP_OPEN:
	case NOT_GROUP:
	case OR_GROUP:
		parse->group_depth++;
		break;
	case GROUP_CLOSE:
		parse->group_depth--;
		break;
	case TRANSFORMER_OPEN:
		parse->transformer_depth++;
		break;
	case TRANSFORMER_CLOSE:
		parse->transformer_depth--;
		break;
	case NUMBER_OPERATOR:
	case STRING_OPERATOR:
	case LIST_OPERATOR:
		own = 1;
		break;
	default:
		break;
	}
	return parse->group_depth * 5 + parse->transformer_depth * 2 + own + 4 < parse->depth_max;
}

static void describe_error(struct condition_parse *parse, const char *message,
			   const struct condition_location *location)
{
	if (parse->error_message.length)
		return;
	parse->error_location = *location;
	parse->error_message =
		message ? text_from_string(message)
			: arena_format(parse->arena, "unexpected token after '" TEXT_FORMAT "', expecting 'or', 'and'",
				       TEXT_ARGUMENTS(text_slice(parse->text->text, parse->base + parse->previous_start,
								 parse->previous_end - parse->previous_start)));
	if (!parse->error_message.bytes)
		parse->failed_memory = true;
}

int condition_run(struct condition_parse *parse)
{
	condition_pstate *state = condition_pstate_new();
	CONDITION_STYPE value = {0};
	struct condition_location location = {0, 0};
	int status, token = parse->is_expression ? START_EXPRESSION : START_CONDITION;

	if (!state) {
		parse->failed_memory = true;
		return 1;
	}
	status = condition_push_parse(state, token, &value, &location, parse);
	while (status == YYPUSH_MORE && !parse->failed_memory) {
		const char *message = choose_mode(parse, state);

		if (parse->mode == MODE_EXPRESSION_END && parse->takes_rest && !parse->takes_argument)
			token = END;
		else
			token = condition_scan(&value, &location, parse->scanner);
		if (parse->mode == MODE_EXPRESSION_END && parse->takes_rest && token != ARGUMENT_OPEN)
			token = END;
		status = condition_push_parse(state, token, &value, &location, parse);
		if (status == 1) {
			describe_error(parse, message, &location);
		} else if (!count_depth(parse, token)) {
			parse->error_id = DIAGNOSTIC_CONDITION_TOO_DEEP;
			parse->error_location = location;
			parse->error_message =
				arena_format(parse->arena, "exceeded max depth limit of %u", parse->depth_max);
			status = 1;
		}
		if (token != END && status != 1) {
			parse->previous_token = token;
			parse->follows_macro = token == MACRO_NAME;
			parse->previous_start = location.start;
			parse->previous_end = location.end;
		}
	}
	condition_pstate_delete(state);
	return status != 0 || parse->failed_memory;
}
