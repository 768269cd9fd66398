#include "compiler/patterns/pattern_nfa.h"

#include <errno.h>
#include <stdlib.h>

struct nfa_builder {
	struct nfa nfa;
	int status;
};

static uint32_t add(struct nfa_builder *builder, struct nfa_state state)
{
	struct nfa *nfa = &builder->nfa;

	if (builder->status != 0)
		return 0;
	if (nfa->count == nfa->capacity) {
		uint32_t capacity = nfa->capacity ? nfa->capacity * 2 : 64;
		struct nfa_state *states;

		if (capacity > NFA_STATES_MAX) {
			builder->status = -E2BIG;
			return 0;
		}
		states = realloc(nfa->states, capacity * sizeof *states);
		if (!states) {
			builder->status = -ENOMEM;
			return 0;
		}
		nfa->states = states;
		nfa->capacity = capacity;
	}
	nfa->states[nfa->count] = state;
	return nfa->count++;
}

/* The state from which `pattern`, then whatever begins at `next`, is matched. */
static uint32_t build(struct nfa_builder *builder, const struct pattern *pattern, uint32_t next);

static uint32_t build_repeat(struct nfa_builder *builder, const struct pattern *pattern, uint32_t next)
{
	const struct pattern *child = pattern->children[0];
	uint32_t at = next, copies = pattern->repeat_min;

	if (pattern->repeat_max == REPEAT_UNBOUNDED) {
		uint32_t loop = add(builder, (struct nfa_state){.kind = NFA_SPLIT, .other = next});
		uint32_t body = build(builder, child, loop);

		if (builder->status != 0)
			return 0;
		builder->nfa.states[loop].next = body;
		/* x+ is x and then again or on, not xx*: in x++++ each copy would double what is inside. */
		at = copies > 0 ? body : loop;
		copies -= copies > 0;
	} else {
		/* Each optional copy may leave for the end: x{0,2} is (x(x)?)?. */
		for (uint32_t i = pattern->repeat_min; i < pattern->repeat_max && builder->status == 0; i++) {
			uint32_t body = build(builder, child, at);

			at = add(builder, (struct nfa_state){.kind = NFA_SPLIT, .next = body, .other = next});
		}
	}
	for (uint32_t i = 0; i < copies && builder->status == 0; i++)
		at = build(builder, child, at);
	return at;
}

static uint32_t build(struct nfa_builder *builder, const struct pattern *pattern, uint32_t next)
{
	uint32_t at;

	if (builder->status != 0)
		return 0;
	switch (pattern->kind) {
	case PATTERN_EMPTY:
		return next;
	case PATTERN_SYMBOLS:
		return add(builder, (struct nfa_state){.kind = NFA_SYMBOLS, .next = next, .symbols = pattern});
	case PATTERN_SEQUENCE:
		at = next;
		for (uint32_t i = pattern->child_count; i-- > 0;)
			at = build(builder, pattern->children[i], at);
		return at;
	case PATTERN_CHOICE:
		at = build(builder, pattern->children[0], next);
		for (uint32_t i = 1; i < pattern->child_count; i++) {
			uint32_t branch = build(builder, pattern->children[i], next);

			at = add(builder, (struct nfa_state){.kind = NFA_SPLIT, .next = branch, .other = at});
		}
		return at;
	case PATTERN_REPEAT:
		return build_repeat(builder, pattern, next);
	case PATTERN_LINE_START:
		builder->nfa.has_lines = true;
		return add(builder, (struct nfa_state){.kind = NFA_LINE_START, .next = next});
	case PATTERN_LINE_END:
		builder->nfa.has_lines = true;
		return add(builder, (struct nfa_state){.kind = NFA_LINE_END, .next = next});
	}
	return next;
}

int nfa_build(const struct pattern *pattern, struct nfa *ret_nfa)
{
	struct nfa_builder builder = {0};
	uint32_t accept = add(&builder, (struct nfa_state){.kind = NFA_ACCEPT});

	builder.nfa.start = build(&builder, pattern, accept);
	if (builder.status != 0) {
		nfa_release(&builder.nfa);
		return builder.status;
	}
	*ret_nfa = builder.nfa;
	return 0;
}

void nfa_release(struct nfa *nfa)
{
	free(nfa->states);
	*nfa = (struct nfa){0};
}
