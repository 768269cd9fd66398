#include "vm/program_schema.h"

#include <errno.h>
#include <sodium/crypto_hash_sha256.h>
#include <string.h>

#include "base/buffer.h"

_Static_assert(crypto_hash_sha256_BYTES == PROGRAM_SCHEMA_ID_BYTES, "SHA-256");

/* "KIND ID NAME": the beginning of every row's text. */
static void begin_row(struct buffer *text, const char *kind, unsigned id, const char *name)
{
	buffer_append_string(text, kind);
	buffer_append_byte(text, ' ');
	buffer_append_decimal(text, id);
	buffer_append_byte(text, ' ');
	buffer_append_string(text, name);
}

static void add_number(struct buffer *text, unsigned number)
{
	buffer_append_byte(text, ' ');
	buffer_append_decimal(text, number);
}

static void end_row(struct buffer *text)
{
	buffer_append_byte(text, '\n');
}

static void write_types(const struct schema_use *use, struct buffer *text)
{
	for (unsigned id = 0; id < TYPE_COUNT; id++) {
		if (!use->types[id])
			continue;
		begin_row(text, "type", id, type_name((enum value_type)id));
		add_number(text, type_kind((enum value_type)id));
		end_row(text);
	}
}

static void write_operators(const struct schema_use *use, struct buffer *text)
{
	for (unsigned id = 0; id < OPERATOR_COUNT; id++) {
		if (!use->operators[id])
			continue;
		begin_row(text, "operator", id, operator_info(id)->name);
		end_row(text);
	}
	for (unsigned id = 0; id < TRANSFORMER_COUNT; id++) {
		if (!use->transformers[id])
			continue;
		begin_row(text, "transformer", id, transformer_info(id)->name);
		end_row(text);
	}
}

static void write_fields(const struct schema_use *use, struct buffer *text)
{
	for (unsigned id = 0; id < FIELD_COUNT; id++) {
		const struct field_info *info = field_info(id);

		if (!use->fields[id])
			continue;
		begin_row(text, "field", id, info->name);
		add_number(text, info->type);
		add_number(text, info->is_list);
		add_number(text, info->argument);
		add_number(text, info->flags);
		end_row(text);
	}
}

static void write_events(const struct schema_use *use, struct buffer *text)
{
	const char *names[SCHEMA_SYSCALL_CODES] = {NULL};

	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		if (!use->events[id])
			continue;
		begin_row(text, "event", id, event_info(id)->constant);
		end_row(text);
	}
	for (size_t row = 0; row < syscall_count(); row++) /* the table is ordered by kernel number */
		if (syscall_at(row)->code < SCHEMA_SYSCALL_CODES)
			names[syscall_at(row)->code] = syscall_at(row)->name;
	for (unsigned code = 0; code < SCHEMA_SYSCALL_CODES; code++) {
		if (!use->syscalls[code] || names[code] == NULL)
			continue;
		begin_row(text, "syscall", code, names[code]);
		end_row(text);
	}
}

int schema_id_compute(const struct schema_use *use, uint8_t ret_id[PROGRAM_SCHEMA_ID_BYTES])
{
	struct buffer text = BUFFER_INIT;
	bool failed;

	write_types(use, &text);
	write_operators(use, &text);
	write_fields(use, &text);
	write_events(use, &text);
	failed = text.failed;
	if (!failed)
		crypto_hash_sha256(ret_id, text.bytes, text.length);
	buffer_release(&text);
	return failed ? -ENOMEM : 0;
}
