#include "tests/vm/vm_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void get(struct value_source *source, uint32_t slot, const struct field_request *request, struct value *ret_value)
{
	struct table_source *table = (struct table_source *)source;

	(void)request;
	table->gets[slot]++;
	*ret_value = table->values[slot];
}

void table_source_init(struct table_source *source)
{
	memset(source, 0, sizeof *source);
	source->source.get = get;
}

struct value text_value(const char *text)
{
	return value_of_text(TYPE_CHARBUF, text_from_string(text));
}

struct value bytes_value(enum value_type type, const char *bytes, size_t length)
{
	return value_of_text(type, text_of(bytes, length));
}

struct value list_value(enum value_type type, const struct value *elements, uint32_t count)
{
	return (struct value){.state = VALUE_PRESENT,
			      .type = (uint8_t)type,
			      .is_list = true,
			      .length = count,
			      .elements = elements};
}

struct value predicted(struct value value)
{
	value.state = VALUE_PREDICTED;
	return value;
}

uint32_t plain_slot(struct program_writer *writer, enum field_id field)
{
	struct field_request request = {.field = (uint16_t)field};
	const struct field_info *info = field_info(field);

	return program_writer_field_slot(writer, &request, (enum value_type)info->type, info->is_list);
}

uint32_t each_slot(struct program_writer *writer, enum field_id field)
{
	struct field_request request = {.field = (uint16_t)field, .flags = SLOT_FLAG_EACH};

	return program_writer_field_slot(writer, &request, (enum value_type)field_info(field)->type, true);
}

uint32_t plain_rule(struct program_writer *writer, const char *name)
{
	struct program_rule_description rule = {.name = text_from_string(name),
						.description = TEXT(""),
						.source = TEXT("syscall"),
						.priority = PRIORITY_NOTICE,
						.is_enabled = true,
						.file = TEXT_EMPTY};

	return program_writer_rule(writer, &rule);
}

void finish_written(struct program_writer *writer, struct buffer *bytes)
{
	int result = program_writer_finish(writer, bytes);

	program_writer_free(writer);
	if (result < 0) {
		fprintf(stderr, "program_writer_finish: %s\n", strerror(-result));
		abort();
	}
}

struct program *load_written(struct program_writer *writer)
{
	struct buffer bytes = BUFFER_INIT;
	struct program *program = NULL;
	struct program_refusal refusal = {0};

	finish_written(writer, &bytes);
	if (program_load(bytes.bytes, bytes.length, &program, &refusal) < 0) {
		fprintf(stderr, "program_load: %s\n", refusal.message);
		abort();
	}
	buffer_release(&bytes);
	return program;
}

/* States count the characters of the word that match; by the word's own failure function. */
struct program_dfa *dfa_for_contains(const char *word)
{
	uint32_t length = (uint32_t)strlen(word), states = length + 1;
	struct program_dfa *dfa = calloc(1, sizeof *dfa + states * 256 * sizeof(uint16_t) + states);
	uint16_t *next = (uint16_t *)(dfa + 1);
	uint8_t *accepting = (uint8_t *)(next + states * 256);

	if (dfa == NULL)
		abort();
	for (uint32_t state = 0; state < states; state++)
		for (unsigned byte = 0; byte < 256; byte++) {
			uint32_t matched = state == length ? length : state + 1;

			if (state < length) { /* the longest prefix of the word that is a suffix of what was read */
				char read[256];

				memcpy(read, word, state);
				read[state] = (char)byte;
				while (matched > 0 && memcmp(word, read + state + 1 - matched, matched) != 0)
					matched--;
			}
			next[state * 256 + byte] = (uint16_t)matched;
		}
	accepting[length] = 1;
	for (unsigned byte = 0; byte < 256; byte++)
		dfa->byte_class[byte] = (uint8_t)byte;
	dfa->state_count = states;
	dfa->class_count = 256;
	dfa->next = next;
	dfa->accepting = accepting;
	return dfa;
}
