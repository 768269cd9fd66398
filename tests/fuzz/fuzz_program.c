/*
 * The mutation test of the verifier: valid programs are changed where their sections say that something stands, and loaded.
 * Each mutant must be refused with a reason, or run within its stated cost over random values; build with sanitizers.
 *
 *	fuzz_program [--runs N] [--seed S]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vm/random_program.h"
#include "vm/program_schema.h"

#define MUTANTS_OF_A_PROGRAM 50
#define RUNS_OF_A_MUTANT 6

static uint64_t refused[REFUSAL_COUNT], loaded, evaluations, matches_seen;
static uint64_t dearest_spent_permille; /* of the stated cost */

/* ---- where the fields of a program are ---- */

struct field_place {
	enum program_section section;
	uint16_t row_bytes; /* 0: the header of the section */
	uint16_t offset;
	uint8_t width;
};

#define HEADER_PLACE(section, type, member)                                                                            \
	{SECTION_##section, 0, (uint16_t)__builtin_offsetof(struct type, member), sizeof(((struct type *)0)->member)}
#define ROW_PLACE(section, type, member)                                                                               \
	{SECTION_##section, sizeof(struct type), (uint16_t)__builtin_offsetof(struct type, member),                    \
	 sizeof(((struct type *)0)->member)}

/* Rows begin behind the counts of their section. */
static const struct field_place places[] = {
	HEADER_PLACE(SLOTS, format_slots, slot_count),
	HEADER_PLACE(SLOTS, format_slots, input_count),
	ROW_PLACE(SLOTS, format_slot, kind),
	ROW_PLACE(SLOTS, format_slot, type),
	ROW_PLACE(SLOTS, format_slot, flags),
	ROW_PLACE(SLOTS, format_slot, transformer),
	ROW_PLACE(SLOTS, format_slot, field),
	ROW_PLACE(SLOTS, format_slot, text.offset),
	ROW_PLACE(SLOTS, format_slot, text.length),
	ROW_PLACE(SLOTS, format_slot, first_input),
	ROW_PLACE(SLOTS, format_slot, input_count),
	HEADER_PLACE(PREDICATES, format_predicates, operand_count),
	HEADER_PLACE(PREDICATES, format_predicates, predicate_count),
	ROW_PLACE(PREDICATES, format_operand, kind),
	ROW_PLACE(PREDICATES, format_operand, element_kind),
	ROW_PLACE(PREDICATES, format_operand, length),
	ROW_PLACE(PREDICATES, format_operand, value),
	ROW_PLACE(PREDICATES, format_predicate, slot),
	ROW_PLACE(PREDICATES, format_predicate, operand),
	ROW_PLACE(PREDICATES, format_predicate, operator),
	ROW_PLACE(PREDICATES, format_predicate, how),
	HEADER_PLACE(MATCHERS, format_matchers, matcher_count),
	HEADER_PLACE(MATCHERS, format_matchers, predicate_count),
	ROW_PLACE(MATCHERS, format_matcher, slot),
	ROW_PLACE(MATCHERS, format_matcher, kind),
	ROW_PLACE(MATCHERS, format_matcher, first_word),
	ROW_PLACE(MATCHERS, format_matcher, predicate_count),
	ROW_PLACE(MATCHERS, format_matcher, table_offset),
	ROW_PLACE(MATCHERS, format_matcher, table_length),
	HEADER_PLACE(ENTRIES, format_entries, block_count),
	ROW_PLACE(ENTRIES, format_block, first_instruction),
	ROW_PLACE(ENTRIES, format_block, instruction_count),
	ROW_PLACE(ENTRIES, format_entry, event),
	ROW_PLACE(ENTRIES, format_entry, block),
	ROW_PLACE(CODE, format_instruction, opcode),
	ROW_PLACE(CODE, format_instruction, flags),
	ROW_PLACE(CODE, format_instruction, target),
	ROW_PLACE(CODE, format_instruction, operand),
	HEADER_PLACE(RULES, format_rules, rule_count),
	ROW_PLACE(RULES, format_rule, name.offset),
	ROW_PLACE(RULES, format_rule, source.length),
	ROW_PLACE(RULES, format_rule, first_tag),
	ROW_PLACE(RULES, format_rule, tag_count),
	ROW_PLACE(RULES, format_rule, priority),
	ROW_PLACE(RULES, format_rule, is_enabled),
	HEADER_PLACE(RULES, format_rules, item_count),
	HEADER_PLACE(OUTPUT, format_output, piece_count),
	HEADER_PLACE(OUTPUT, format_output, item_count),
	ROW_PLACE(OUTPUT, format_rule_output, first_item),
	ROW_PLACE(OUTPUT, format_rule_output, piece_count),
	ROW_PLACE(OUTPUT, format_rule_output, field_count),
	ROW_PLACE(OUTPUT, format_output_piece, offset_or_slot),
	ROW_PLACE(OUTPUT, format_output_piece, length_or_width),
	HEADER_PLACE(CAPTURE, format_capture, event_count),
	ROW_PLACE(CAPTURE, format_capture_event, event),
	ROW_PLACE(CAPTURE, format_capture_event, flags),
	HEADER_PLACE(DEBUG, format_debug, rule_count),
	ROW_PLACE(DEBUG, format_debug_rule, file.offset),
	ROW_PLACE(DEBUG, format_debug_rule, description.length),
};

static uint64_t interesting(struct random_source *random, uint64_t old)
{
	static const uint64_t bounds[] = {0, 1, 2, 3, 7, 8, 31, 32, 63, 64, 127, 128, 255, 256, 4096, 65535, 65536,
					  1u << 20, 0x7fffffff, 0xffffffff, UINT64_MAX, UINT64_MAX / 8};

	switch (random_below(random, 5)) {
	case 0:
		return old + 1;
	case 1:
		return old - 1;
	case 2:
		return bounds[random_below(random, sizeof bounds / sizeof bounds[0])];
	case 3:
		return random_below(random, 16);
	default:
		return old ^ UINT64_C(1) << random_below(random, 64);
	}
}

/* Changes one number somewhere in a section. */
static void change_number(struct random_source *random, uint8_t *bytes, size_t length, size_t offset, unsigned width)
{
	uint64_t number = 0;

	if (offset + width > length)
		return;
	memcpy(&number, bytes + offset, width);
	number = interesting(random, number);
	memcpy(bytes + offset, &number, width);
}

static unsigned counts_bytes(enum program_section section)
{
	switch (section) {
	case SECTION_BYTES:
	case SECTION_CODE:
		return 0;
	case SECTION_RULES:
	case SECTION_OUTPUT:
		return 16;
	default:
		return 8;
	}
}

static void mutate_field(struct random_source *random, struct buffer *program)
{
	const struct field_place *place = &places[random_below(random, sizeof places / sizeof places[0])];
	const struct format_section *section = &((const struct format_header *)program->bytes)->sections[place->section];
	size_t offset = section->offset + place->offset;

	if (section->length < 8)
		return;
	if (place->row_bytes > 0) {
		unsigned counts = counts_bytes(place->section), rows;

		if (section->length < counts)
			return;
		rows = (section->length - counts) / place->row_bytes;

		if (rows == 0)
			return;
		/* Sections with several kinds of row are hit at the wrong kind at times: so much the better. */
		offset += counts + (size_t)random_below(random, rows) * place->row_bytes;
	}
	change_number(random, program->bytes, program->length, offset, place->width);
}

/* A number of a table (they lie at the end of PREDICATES and MATCHERS), or any bytes. */
static void mutate_table(struct random_source *random, struct buffer *program)
{
	const struct format_header *header = (const struct format_header *)program->bytes;
	const struct format_section *section =
		&header->sections[random_below(random, 2) ? SECTION_PREDICATES : SECTION_MATCHERS];
	unsigned width = 1u << random_below(random, 4);

	if (section->length < 16)
		return;
	change_number(random, program->bytes, program->length,
		      section->offset + random_below(random, section->length / width) * width, width);
}

static void mutate_anywhere(struct random_source *random, struct buffer *program)
{
	size_t from = random_below(random, (unsigned)program->length), to = random_below(random, (unsigned)program->length);
	size_t count = 1 + random_below(random, 24);

	if (random_below(random, 2)) {
		program->bytes[from] ^= (uint8_t)(1u << random_below(random, 8));
		return;
	}
	if (from + count <= program->length && to + count <= program->length)
		memmove(program->bytes + to, program->bytes + from, count);
}

/* Cuts or lengthens, and may put the header right again. */
static void mutate_length(struct random_source *random, struct buffer *program)
{
	size_t length = random_below(random, (unsigned)program->length + 16);
	struct format_header *header;

	if (length > program->length)
		buffer_append_zeros(program, length - program->length);
	program->length = length;
	header = (struct format_header *)program->bytes;
	if (length >= sizeof *header && random_below(random, 2))
		header->length = (uint32_t)length;
}

/* Puts the schema id right for the rows that the mutant uses, if it has any that can be named. */
static void reseal(struct buffer *program)
{
	struct program view = {.bytes = program->bytes, .length = program->length};
	struct program_refusal refusal = {.code = -1};
	struct verifier verifier = {.program = &view, .refusal = &refusal};
	struct schema_use use = {0};

	if (verify_layout(&verifier) && verify_schema_use(&verifier, &use))
		schema_id_compute(&use, ((struct format_header *)program->bytes)->schema_id);
}

static void mutate(struct random_source *random, struct buffer *program)
{
	for (unsigned changes = 1 + random_below(random, 3); changes > 0; changes--) {
		if (program->length < sizeof(struct format_header))
			return;
		switch (random_below(random, 12)) {
		case 0:
			mutate_anywhere(random, program);
			break;
		case 1:
		case 2:
		case 3:
			mutate_table(random, program);
			break;
		case 4:
			if (random_below(random, 10) == 0)
				mutate_length(random, program);
			break;
		default:
			mutate_field(random, program);
			break;
		}
	}
	if (random_below(random, 4))
		reseal(program);
}

/* ---- what a mutant that was loaded must bear ---- */

static void fail(const char *what, uint64_t seed, uint64_t mutant)
{
	fprintf(stderr, "fuzz_program: %s; seed %llu, mutant %llu\n", what, (unsigned long long)seed,
		(unsigned long long)mutant);
	abort();
}

static void read_everything(const struct program *program)
{
	struct buffer listing = {.limit_bytes = 1 << 20};
	struct field_request request;
	uint64_t sum = 0;

	program_disassemble(program, &listing);
	for (uint32_t rule = 0; rule < program_rule_count(program) && rule < 100; rule++) {
		sum += program_rule(program, rule).name.length;
		for (uint32_t i = 0; i < program_rule(program, rule).tag_count && i < 100; i++)
			sum += program_rule_tag(program, rule, i).length;
		for (uint32_t i = 0; i < program_output_piece_count(program, rule) && i < 100; i++)
			sum += program_output_piece(program, rule, i).literal.length;
		for (uint32_t i = 0; i < program_output_field_count(program, rule) && i < 100; i++)
			sum += program_output_field(program, rule, i).name.length;
	}
	for (uint32_t slot = 0; slot < program_slot_count(program); slot++)
		sum += program_slot_request(program, slot, &request);
	if (sum == UINT64_MAX)
		puts("");
	buffer_release(&listing);
}

static void run_mutant(struct random_source *random, const struct program *program, uint64_t seed, uint64_t mutant)
{
	static struct random_values values;
	struct interpreter *interpreter = interpreter_new(program);
	const struct rule_match *matches;

	if (interpreter == NULL)
		fail("no memory for an interpreter", seed, mutant);
	for (uint32_t run = 0; run < RUNS_OF_A_MUTANT; run++) {
		uint32_t entry_count = program->entries_header->entry_count, count;
		unsigned event = entry_count > 0 ? program->entries[random_below(random, entry_count)].event : 5;
		uint64_t before = interpreter_cost(interpreter), spent, stated = program_worst_case_cost(program, event);

		random_values_init(&values, program, random);
		interpreter_set_matching(interpreter, (enum rule_matching)random_below(random, 2));
		interpreter_set_enabled(interpreter, random_below(random, 8), random_below(random, 2));
		count = interpreter_run(interpreter, &values.source, event, &matches);
		spent = interpreter_cost(interpreter) - before;
		if (spent > stated)
			fail("a run cost more than stated", seed, mutant);
		if (stated > 0 && spent * 1000 / stated > dearest_spent_permille)
			dearest_spent_permille = spent * 1000 / stated;
		for (uint32_t i = 0; i < count; i++)
			if (matches[i].rule >= program_rule_count(program))
				fail("a match of no rule", seed, mutant);
		matches_seen += count;
		evaluations++;
		for (uint32_t slot = 0; slot < program_slot_count(program) && slot < 64; slot++)
			interpreter_slot_value(interpreter, &values.source, slot);
	}
	interpreter_free(interpreter);
}

static void load_mutant(struct random_source *random, const struct buffer *bytes, bool is_original, uint64_t seed,
			uint64_t mutant)
{
	struct program_refusal refusal = {.code = -1};
	struct program *program = NULL;
	int result = program_load(bytes->bytes, bytes->length, &program, &refusal);

	if (result == -EINVAL) {
		if (refusal.code < 0 || refusal.code >= REFUSAL_COUNT || refusal.message[0] == 0)
			fail("refused without a reason", seed, mutant);
		refused[refusal.code]++;
		/* Random programs may ask for too much; they are never wrong. */
		if (is_original && refusal.code != REFUSAL_TOO_LARGE && refusal.code != REFUSAL_COST)
			fail(refusal.message, seed, mutant);
		return;
	}
	if (result < 0)
		fail("no memory to load", seed, mutant);
	loaded++;
	read_everything(program);
	run_mutant(random, program, seed, mutant);
	program_free(program);
}

static uint64_t number_argument(int count, char **arguments, const char *name, uint64_t otherwise)
{
	for (int i = 1; i + 1 < count; i++)
		if (strcmp(arguments[i], name) == 0)
			return strtoull(arguments[i + 1], NULL, 10);
	return otherwise;
}

int main(int argument_count, char **arguments)
{
	uint64_t runs = number_argument(argument_count, arguments, "--runs", 20000);
	uint64_t seed = number_argument(argument_count, arguments, "--seed", 1);
	struct random_source random = {seed};
	struct buffer original = BUFFER_INIT, mutant = BUFFER_INIT;

	for (uint64_t run = 0; run < runs; run++) {
		if (run % MUTANTS_OF_A_PROGRAM == 0) {
			buffer_clear(&original);
			finish_written(random_below(&random, 4) ? write_random_program(&random) : write_full_program(),
				       &original);
			load_mutant(&random, &original, true, seed, run);
		}
		buffer_clear(&mutant);
		buffer_append(&mutant, original.bytes, original.length);
		mutate(&random, &mutant);
		load_mutant(&random, &mutant, false, seed, run);
	}
	printf("%llu mutants: %llu loaded and run %llu times (%llu matches; the dearest run spent %llu/1000 of its stated cost)\n",
	       (unsigned long long)runs, (unsigned long long)loaded, (unsigned long long)evaluations,
	       (unsigned long long)matches_seen, (unsigned long long)dearest_spent_permille);
	for (unsigned code = 0; code < REFUSAL_COUNT; code++)
		printf("  refused %9llu  %s\n", (unsigned long long)refused[code], program_refusal_name((int)code));
	buffer_release(&original);
	buffer_release(&mutant);
	return EXIT_SUCCESS;
}
