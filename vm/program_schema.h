/*
 * The schema id: what a program assumes about the catalogue. It is the SHA-256 of the canonical text of the catalogue rows
 * that the program uses, ordered by kind and id, so that a program runs on every version for which these rows are the same.
 */
#ifndef TERCEL_VM_PROGRAM_SCHEMA_H
#define TERCEL_VM_PROGRAM_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "vm/program_format.h"

#define SCHEMA_SYSCALL_CODES 1024

/* One flag per row; ids are checked before they are noted. */
struct schema_use {
	bool types[TYPE_COUNT];
	bool operators[OPERATOR_COUNT];
	bool transformers[TRANSFORMER_COUNT];
	bool fields[FIELD_COUNT];
	bool events[EVENT_ID_COUNT];
	bool syscalls[SCHEMA_SYSCALL_CODES];
};

/* 0 or -ENOMEM. */
int schema_id_compute(const struct schema_use *use, uint8_t ret_id[PROGRAM_SCHEMA_ID_BYTES]);

#endif
