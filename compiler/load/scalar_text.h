/*
 * The way from a YAML scalar's value back to the file. libyaml gives the value and where the scalar starts; which byte
 * of the value stands where is found by reading the raw text again by the folding rules of YAML 1.1 (chapters 9.1-9.3).
 * Only a reading that gives exactly libyaml's value is believed; else every byte stands for the whole scalar.
 */
#ifndef TERCEL_COMPILER_LOAD_SCALAR_TEXT_H
#define TERCEL_COMPILER_LOAD_SCALAR_TEXT_H

#include "base/arena.h"
#include "compiler/load/mapped_text.h"
#include "compiler/load/yaml_document.h"

/* NULL when there is no memory. A node that is no scalar gives an empty text. */
const struct mapped_text *scalar_text(struct arena *arena, const struct document_node *node);

/* The range of what is written, for carets: without the indicator line and trailing blank lines of a block scalar. */
struct source_range scalar_range(const struct document_node *node);

#endif
