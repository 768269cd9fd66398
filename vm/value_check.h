/* What a source gives, held to what the slot declares. */
#ifndef TERCEL_VM_VALUE_CHECK_H
#define TERCEL_VM_VALUE_CHECK_H

#include "catalog/value.h"
#include "vm/program_internal.h"

/*
 * A value of another kind than the slot's is none, a longer one than declared is cut: the interpreter's memory safety must
 * not hang on hundreds of field functions. `scratch`: the slot's, for the elements of a list that has to be cut.
 */
void value_check(const struct slot *slot, struct value *value, uint8_t *scratch);

#endif
