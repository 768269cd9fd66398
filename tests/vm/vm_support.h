/* What the tests of vm/ share: values from a table, and loading with a reason when it fails. */
#ifndef TERCEL_TESTS_VM_VM_SUPPORT_H
#define TERCEL_TESTS_VM_VM_SUPPORT_H

#include "vm/interpret.h"
#include "vm/program_verify.h"
#include "vm/program_writer.h"

#define TABLE_SOURCE_SLOTS 4096

/* Gives values[slot] and counts how often it was asked for each. */
struct table_source {
	struct value_source source;
	struct value values[TABLE_SOURCE_SLOTS];
	unsigned gets[TABLE_SOURCE_SLOTS];
};

void table_source_init(struct table_source *source);

struct value text_value(const char *text); /* CHARBUF */
struct value bytes_value(enum value_type type, const char *bytes, size_t length);
struct value list_value(enum value_type type, const struct value *elements, uint32_t count);
struct value predicted(struct value value);

/* A slot of a field without argument, of the catalogue's type. */
uint32_t plain_slot(struct program_writer *writer, enum field_id field);
/* The list of all values of proc.aname, fd.ip, fd.port ... */
uint32_t each_slot(struct program_writer *writer, enum field_id field);

/* Adds an enabled rule without output. */
uint32_t plain_rule(struct program_writer *writer, const char *name);

/* Finishes and frees the writer, loads the program; prints the refusal and aborts when there is one. */
struct program *load_written(struct program_writer *writer);
void finish_written(struct program_writer *writer, struct buffer *bytes);

/*
 * A program that has everything: each kind of slot, operand, quantifier, modifier, matcher, and each opcode but WIDE; three
 * rules, the last one disabled, with tags, output, debug rows; entries for two events. The seed of the mutation test, what
 * the refusals are patched into, and the listing that is compared. NULL: no memory.
 */
struct program_writer *write_full_program(void);
#define FULL_PROGRAM_EVENT EVENT_SYSCALL_OPENAT_2_X

/* A DFA that accepts exactly the values that have `word` inside. Freed with free(); NULL: no memory. */
struct program_dfa *dfa_for_contains(const char *word);

#endif
