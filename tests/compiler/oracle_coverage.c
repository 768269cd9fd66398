#include "tests/compiler/oracle_coverage.h"

#include <stdio.h>
#include <stdlib.h>

#include "compiler/check/check_types.h"
#include "compiler/oracle/evaluate_values.h"
#include "tests/compiler/generated_rules.h"
#include "tests/support/condition_of_text.h"

#define TRIES_PER_CELL 40
#define ANY (-1)
#define COMPARISONS (-2)

static const char *const shape_names[] = {"one value", "list", "ancestors", "either end"};
static const char *const form_names[] = {"constants", "oneof", "anyof", "allof", "field", "transformer"};
static const char *const answer_names[] = {"true", "false", "absent", "unknown"};
static const char *const stage_names[] = {"enter", "exit"};

static const struct impossible {
	int type, shape, operator, stage, answer;
	const char *reason;
} impossible[] = {
#define IMPOSSIBLE(type, shape, operator, stage, answer, reason) {type, shape, operator, stage, answer, reason},
#include "tests/compiler/oracle_impossible.def"
#undef IMPOSSIBLE
};

/* A left-hand side that passes the checks. */
struct subject {
	char text[80];
	uint8_t type, shape;
	struct text parameter; /* of evt.rawarg */
};

struct oracle_coverage {
	struct subject *subjects;
	uint32_t subject_count, subject_capacity;
	uint32_t of[TYPE_COUNT][SHAPE_COUNT]; /* how many subjects */
	unsigned long cells[TYPE_COUNT][SHAPE_COUNT][OPERATOR_COUNT][STAGE_COUNT][ANSWER_COUNT];
	unsigned long forms[OPERATOR_COUNT][FORM_COUNT][ANSWER_COUNT];
	uint32_t next;
};

/* ---- the cells ---- */

static bool is_impossible(unsigned type, unsigned shape, unsigned operator, unsigned stage, unsigned answer)
{
	for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
		const struct impossible *row = &impossible[i];

		if ((row->type == ANY || row->type == (int)type) && (row->shape == ANY || row->shape == (int)shape) &&
		    (row->operator == ANY || row->operator == (int)operator ||
		     (row->operator == COMPARISONS && operator != OPERATOR_EXISTS)) &&
		    (row->stage == ANY || row->stage == (int)stage) && (row->answer == ANY || row->answer == (int)answer))
			return true;
	}
	return false;
}

/* Whether operators.def has the operator for the kind, and there is anything of the type and shape. */
static bool has_cells(const struct oracle_coverage *coverage, unsigned type, unsigned shape, unsigned operator)
{
	const struct operator_info *info = operator_info(operator);

	if (!(info->kinds >> type_kind((enum value_type)type) & 1) || (shape == SHAPE_LIST && !info->takes_list_fields))
		return false;
	return coverage->of[type][shape] > 0 || shape == SHAPE_ONE;
}

static bool is_missing(const struct oracle_coverage *coverage, unsigned type, unsigned shape, unsigned operator, unsigned stage,
		       unsigned answer)
{
	return coverage->cells[type][shape][operator][stage][answer] == 0 &&
	       !is_impossible(type, shape, operator, stage, answer);
}

static bool misses_any(const struct oracle_coverage *coverage, unsigned type, unsigned shape, unsigned operator)
{
	for (unsigned i = 0; i < STAGE_COUNT * ANSWER_COUNT; i++)
		if (is_missing(coverage, type, shape, operator, i / ANSWER_COUNT, i % ANSWER_COUNT))
			return true;
	return false;
}

/* ---- left-hand sides ---- */

static void add_subject(struct oracle_coverage *coverage, const char *text, struct text parameter)
{
	struct arena *arena = arena_new(0);
	struct text whole = arena_format(arena, "%s exists", text);
	struct condition *check = condition_of_text(arena, arena_copy_string(arena, whole));
	struct subject subject = {.parameter = parameter};

	if (check && check->kind == CONDITION_CHECK && check_condition(arena, check, NULL) == 0 &&
	    strlen(text) < sizeof subject.text) {
		const struct expression *left = check->left;

		strcpy(subject.text, text);
		subject.type = (uint8_t)left->type;
		subject.shape = left->is_list ? SHAPE_LIST : SHAPE_ONE;
		if (expression_is_compared_each(left))
			subject.shape = field_info((unsigned)left->field)->flags & FIELD_FLAG_EITHER_END ? SHAPE_ENDS
													: SHAPE_ANCESTORS;
		if (coverage->subject_count == coverage->subject_capacity) {
			coverage->subject_capacity = coverage->subject_capacity ? coverage->subject_capacity * 2 : 256;
			coverage->subjects =
				reallocarray(coverage->subjects, coverage->subject_capacity, sizeof *coverage->subjects);
			if (!coverage->subjects)
				abort();
		}
		coverage->subjects[coverage->subject_count++] = subject;
		coverage->of[subject.type][subject.shape]++;
	}
	arena_free(arena);
}

static void add_fields(struct oracle_coverage *coverage)
{
	static const char *const arguments[] = {"", "[1]", "['HOME']", ".name", ".cpu", ".open", ".src"};
	char text[80];

	for (unsigned field = 0; field < FIELD_COUNT; field++)
		for (size_t i = 0; field != FIELD_EVT_RAWARG && i < sizeof arguments / sizeof arguments[0]; i++) {
			snprintf(text, sizeof text, "%s%s", field_info(field)->name, arguments[i]);
			add_subject(coverage, text, TEXT_EMPTY);
		}
}

/* evt.rawarg has each type that a parameter has. */
static void add_parameters(struct oracle_coverage *coverage)
{
	char text[80];

	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		for (unsigned i = 0; i < event_parameter_count(event); i++) {
			const char *name = event_parameter_info(event, i)->name;
			bool is_known = false;

			snprintf(text, sizeof text, "evt.rawarg.%s", name);
			for (uint32_t j = coverage->subject_count; j-- > 0 && !is_known;)
				is_known = strcmp(coverage->subjects[j].text, text) == 0;
			if (!is_known)
				add_subject(coverage, text, text_from_string(name));
		}
}

struct oracle_coverage *oracle_coverage_new(void)
{
	static const char *const transformed[] = {"tolower(proc.name)", "tolower(fd.types)", "len(fd.types)", "toupper(fd.name)",
						  "getopt((proc.args[1], proc.args[2]), 'n:a')", "concat(proc.name, 'c')",
						  "b64(evt.buffer)"};
	struct oracle_coverage *coverage = calloc(1, sizeof *coverage);

	if (!coverage)
		abort();
	add_fields(coverage);
	add_parameters(coverage);
	for (size_t i = 0; i < sizeof transformed / sizeof transformed[0]; i++)
		add_subject(coverage, transformed[i], TEXT_EMPTY);
	return coverage;
}

struct oracle_coverage *oracle_coverage_free(struct oracle_coverage *coverage)
{
	free(coverage->subjects);
	free(coverage);
	return NULL;
}

/* ---- checks ---- */

static const struct subject *pick_subject(const struct oracle_coverage *coverage, struct random_source *random, unsigned type,
					  unsigned shape)
{
	uint32_t left = random_below(random, coverage->of[type][shape]);

	for (const struct subject *subject = coverage->subjects;; subject++)
		if (subject->type == type && subject->shape == shape && left-- == 0)
			return subject;
}

static void append_list(struct random_source *random, enum value_type type, enum operator_id operator, struct buffer *text)
{
	uint32_t length = random_below(random, 4);

	buffer_append_byte(text, '(');
	for (uint32_t i = 0; i < length; i++) {
		buffer_append_string(text, i > 0 ? ", " : "");
		generate_constant(random, type, operator, text);
	}
	buffer_append_byte(text, ')');
}

static void append_right(const struct oracle_coverage *coverage, struct random_source *random, const struct subject *subject,
			 enum operator_id operator, struct buffer *text)
{
	static const char *const modifiers[] = {"oneof ", "anyof ", "allof "};
	uint32_t form = random_below(random, 6);

	if (operator == OPERATOR_EXISTS)
		return;
	buffer_append_byte(text, ' ');
	if (form == 0 || (form == 1 && subject->shape == SHAPE_LIST)) {
		const struct subject *right = pick_subject(coverage, random, subject->type, subject->shape);

		buffer_printf(text, strchr(right->text, '(') ? "%s" : "val(%s)", right->text);
	} else if (form == 1 && type_kind((enum value_type)subject->type) == KIND_STRING) {
		buffer_append_string(text, random_below(random, 2) ? "tolower(fd.name)" : "concat(proc.name, 'c')");
	} else if (operator == OPERATOR_IN || operator == OPERATOR_INTERSECTS || operator == OPERATOR_PMATCH) {
		append_list(random, (enum value_type)subject->type, operator, text);
	} else if (form == 2 && operator_info(operator)->takes_modifier) {
		buffer_append_string(text, modifiers[random_below(random, 3)]);
		append_list(random, (enum value_type)subject->type, operator, text);
	} else {
		generate_constant(random, (enum value_type)subject->type, operator, text);
	}
}

static struct condition *try_cell(const struct oracle_coverage *coverage, struct random_source *random, unsigned type,
				  unsigned shape, unsigned operator, struct arena *arena, struct buffer *text,
				  struct text *ret_parameter)
{
	size_t start = text->length;

	for (unsigned i = 0; coverage->of[type][shape] > 0 && i < TRIES_PER_CELL; i++) {
		const struct subject *subject = pick_subject(coverage, random, type, shape);
		struct condition *check;

		text->length = start;
		buffer_printf(text, "%s %s", subject->text, operator_info(operator)->name);
		append_right(coverage, random, subject, (enum operator_id)operator, text);
		check = condition_of_text(arena, arena_copy_string(arena, text_slice(buffer_text(text), start, SIZE_MAX)));
		*ret_parameter = subject->parameter;
		if (check && check->kind == CONDITION_CHECK && check_condition(arena, check, NULL) == 0)
			return check;
	}
	text->length = start;
	return NULL;
}

struct condition *oracle_coverage_next_check(struct oracle_coverage *coverage, struct random_source *random,
					     struct arena *arena, struct buffer *text, struct text *ret_parameter)
{
	const uint32_t count = TYPE_COUNT * SHAPE_COUNT * OPERATOR_COUNT;
	bool wants_missing = random_below(random, 4) != 0;

	for (uint32_t turns = 0;; turns++) {
		uint32_t cell = coverage->next;
		unsigned type = cell / OPERATOR_COUNT / SHAPE_COUNT, shape = cell / OPERATOR_COUNT % SHAPE_COUNT;
		unsigned operator = cell % OPERATOR_COUNT;
		struct condition *check;

		coverage->next = (cell + 1) % count;
		if (!has_cells(coverage, type, shape, operator) ||
		    (wants_missing && turns < count && !misses_any(coverage, type, shape, operator)))
			continue;
		check = try_cell(coverage, random, type, shape, operator, arena, text, ret_parameter);
		if (check)
			return check;
	}
}

/* ---- counting ---- */

static unsigned shape_of(const struct expression *left)
{
	if (expression_is_compared_each(left))
		return field_info((unsigned)left->field)->flags & FIELD_FLAG_EITHER_END ? SHAPE_ENDS : SHAPE_ANCESTORS;
	return left->is_list ? SHAPE_LIST : SHAPE_ONE;
}

static unsigned form_of(const struct condition *check)
{
	if (check->right_side == RIGHT_FIELD)
		return FORM_FIELD;
	if (check->right_side == RIGHT_TRANSFORMER)
		return FORM_TRANSFORMER;
	switch (check->modifier) {
	case MODIFIER_ONEOF:
		return FORM_ONEOF;
	case MODIFIER_ANYOF:
		return FORM_ANYOF;
	case MODIFIER_ALLOF:
		return FORM_ALLOF;
	case MODIFIER_NONE:
		break;
	}
	return FORM_CONSTANTS;
}

static bool is_absent(const struct expression *expression, struct value_source *source, bool each)
{
	struct arena *scratch = arena_new(0);
	struct value value;

	if (evaluate_expression(scratch, expression, source, each, &value) != 0)
		abort();
	arena_free(scratch);
	return value.state == VALUE_ABSENT;
}

void oracle_coverage_count(struct oracle_coverage *coverage, const struct condition *check, struct value_source *source,
			   enum stage stage, enum truth truth, bool is_wanted)
{
	unsigned answer;

	if (is_absent(check->left, source, expression_is_compared_each(check->left)) ||
	    (check->right && is_absent(check->right, source, false)))
		answer = ANSWER_ABSENT;
	else if (truth == TRUTH_UNKNOWN)
		answer = ANSWER_UNKNOWN;
	else
		answer = (truth == TRUTH_TRUE) == is_wanted ? ANSWER_TRUE : ANSWER_FALSE;
	coverage->cells[check->left->type][shape_of(check->left)][check->operator][stage][answer]++;
	coverage->forms[check->operator][form_of(check)][answer]++;
}

/* ---- the tables ---- */

static void print_cells(const struct oracle_coverage *coverage, unsigned type, unsigned shape, unsigned operator)
{
	printf("# %-12s %-10s %-11s", type_name((enum value_type)type), shape_names[shape], operator_info(operator)->name);
	for (unsigned i = 0; i < STAGE_COUNT * ANSWER_COUNT; i++) {
		unsigned stage = i / ANSWER_COUNT, answer = i % ANSWER_COUNT;

		if (is_impossible(type, shape, operator, stage, answer))
			printf(" %8s", "-");
		else
			printf(" %8lu", coverage->cells[type][shape][operator][stage][answer]);
	}
	putchar('\n');
}

void oracle_coverage_print(const struct oracle_coverage *coverage)
{
	printf("# %-35s", "'-': impossible");
	for (unsigned i = 0; i < STAGE_COUNT * ANSWER_COUNT; i++)
		printf(" %8s", stage_names[i / ANSWER_COUNT]);
	printf("\n# %-12s %-10s %-11s", "type", "shape", "operator");
	for (unsigned i = 0; i < STAGE_COUNT * ANSWER_COUNT; i++)
		printf(" %8s", answer_names[i % ANSWER_COUNT]);
	putchar('\n');
	for (unsigned type = 0; type < TYPE_COUNT; type++)
		for (unsigned shape = 0; shape < SHAPE_COUNT; shape++)
			for (unsigned operator = 0; operator < OPERATOR_COUNT; operator++)
				if (has_cells(coverage, type, shape, operator))
					print_cells(coverage, type, shape, operator);
	printf("# by what stands on the right:\n");
	for (unsigned operator = 0; operator < OPERATOR_COUNT; operator++)
		for (unsigned form = 0; form < FORM_COUNT; form++) {
			const unsigned long *hits = coverage->forms[operator][form];

			if (hits[ANSWER_TRUE] + hits[ANSWER_FALSE] > 0)
				printf("# %-11s %-11s true %lu, false %lu, absent %lu, unknown %lu\n", operator_info(operator)->name,
				       form_names[form], hits[ANSWER_TRUE], hits[ANSWER_FALSE], hits[ANSWER_ABSENT],
				       hits[ANSWER_UNKNOWN]);
		}
}

static unsigned faults_of(const struct oracle_coverage *coverage, unsigned type, unsigned shape, unsigned operator)
{
	unsigned faults = 0;

	for (unsigned i = 0; i < STAGE_COUNT * ANSWER_COUNT; i++) {
		unsigned stage = i / ANSWER_COUNT, answer = i % ANSWER_COUNT;
		bool is_hit = coverage->cells[type][shape][operator][stage][answer] > 0;

		if (is_hit != is_impossible(type, shape, operator, stage, answer))
			continue;
		faults++;
		printf("# %s: %s, %s, %s at %s: %s\n", is_hit ? "hit, though declared impossible" : "not hit",
		       type_name((enum value_type)type), shape_names[shape], operator_info(operator)->name, stage_names[stage],
		       answer_names[answer]);
	}
	return faults;
}

unsigned oracle_coverage_faults(const struct oracle_coverage *coverage)
{
	unsigned faults = 0;

	for (unsigned type = 0; type < TYPE_COUNT; type++)
		for (unsigned shape = 0; shape < SHAPE_COUNT; shape++)
			for (unsigned operator = 0; operator < OPERATOR_COUNT; operator++)
				if (has_cells(coverage, type, shape, operator))
					faults += faults_of(coverage, type, shape, operator);
	return faults;
}
