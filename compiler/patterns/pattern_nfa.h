/* Thompson's construction: a pattern as a nondeterministic automaton over symbols. First step of build_dfa. */
#ifndef TERCEL_COMPILER_PATTERNS_PATTERN_NFA_H
#define TERCEL_COMPILER_PATTERNS_PATTERN_NFA_H

#include "compiler/patterns/pattern.h"

#define NFA_STATES_MAX (1u << 17)

enum nfa_kind {
	NFA_SYMBOLS,	/* goes on to `next` with a symbol of `symbols` */
	NFA_SPLIT,	/* goes on to `next` and `other` with nothing */
	NFA_LINE_START, /* goes on to `next` with nothing, at the start of a line only */
	NFA_LINE_END,
	NFA_ACCEPT,
};

struct nfa_state {
	enum nfa_kind kind;
	uint32_t next, other;
	const struct pattern *symbols;
};

struct nfa {
	struct nfa_state *states; /* on the heap: nfa_release() */
	uint32_t count, capacity;
	uint32_t start;
	bool has_lines; /* some state looks at lines */
};

/* -ENOMEM, or -E2BIG when there would be more than NFA_STATES_MAX states. */
int nfa_build(const struct pattern *pattern, struct nfa *ret_nfa);
void nfa_release(struct nfa *nfa);

#endif
