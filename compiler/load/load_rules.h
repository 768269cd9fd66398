/*
 * Items of a rule file, read out of YAML and merged into the collection, in document order (rule language reference
 * §1.1-1.13). All of a file's mistakes are reported; an item with a mistake is left out.
 */
#ifndef TERCEL_COMPILER_LOAD_LOAD_RULES_H
#define TERCEL_COMPILER_LOAD_LOAD_RULES_H

#include "base/source_file.h"
#include "compiler/load/rule_collection.h"

/* The engine whose behaviour we have: requirements are checked against it. */
#define ENGINE_VERSION_MAJOR 0
#define ENGINE_VERSION_MINOR 63
#define ENGINE_VERSION_PATCH 0

/* 0; -EINVAL when the text is no YAML, so that nothing was read; -ENOMEM. */
int load_rules(struct rule_collection *collection, const struct source_file *file);

#endif
