/*
 * Path prefixes by components (format_trie): `pmatch` without wildcards. Values are split at '/', empty components are
 * dropped. Tries are verified: nothing is checked here.
 */
#ifndef TERCEL_VM_MATCH_TRIE_H
#define TERCEL_VM_MATCH_TRIE_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/program_format.h"

static inline const struct format_trie_node *trie_nodes(const struct format_trie *trie)
{
	return (const struct format_trie_node *)(trie + 1);
}

static inline const uint32_t *trie_edges(const struct format_trie *trie)
{
	return (const uint32_t *)(trie_nodes(trie) + trie->node_count);
}

static inline const uint32_t *trie_bits(const struct format_trie *trie)
{
	return trie_edges(trie) + trie->node_count - 1;
}

/* Whether some path of the trie is a prefix of the value. `constants` is the section BYTES. */
bool trie_has_prefix_of(const struct format_trie *trie, const uint8_t *constants, const uint8_t *bytes, uint32_t length);

/* Gives the predicate bits of every path that is a prefix of the value. */
void trie_collect(const struct format_trie *trie, const uint8_t *constants, const uint8_t *bytes, uint32_t length,
		  void (*found)(void *context, const uint32_t *bits, uint32_t count), void *context);

#endif
