#include "compiler/patterns/utf8_automaton.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The decoder is a tree whose equal parts are shared. A node says for each of the 64 continuation bytes what follows:
 * nothing (ill-formed), another node, or a whole character, of which only the class matters.
 */
#define OUTCOME_ILL_FORMED UINT32_MAX
#define OUTCOME_CLASS (1u << 31)

struct decoder_node {
	uint32_t outcome[64]; /* by byte - 0x80 */
};

struct decoder {
	const struct symbol_classes *classes;
	struct decoder_node *nodes;
	uint32_t count, capacity;
	uint32_t root[256]; /* by the first byte */
};

/* The node with these outcomes, made if it is new. */
static bool share_node(struct decoder *decoder, const struct decoder_node *node, uint32_t *ret_node)
{
	for (uint32_t i = 0; i < decoder->count; i++) {
		if (memcmp(&decoder->nodes[i], node, sizeof *node) == 0) {
			*ret_node = i;
			return true;
		}
	}
	if (decoder->count == decoder->capacity) {
		uint32_t capacity = decoder->capacity ? decoder->capacity * 2 : 16;
		struct decoder_node *nodes = realloc(decoder->nodes, capacity * sizeof *nodes);

		if (!nodes)
			return false;
		decoder->nodes = nodes;
		decoder->capacity = capacity;
	}
	decoder->nodes[decoder->count] = *node;
	*ret_node = decoder->count++;
	return true;
}

/*
 * The outcome for the code points from `low` on that `left` continuation bytes tell apart, of which only those in
 * [least, most] are well-formed.
 */
static bool outcome_of(struct decoder *decoder, uint32_t low, unsigned left, uint32_t least, uint32_t most,
		       uint32_t *ret_outcome)
{
	uint32_t high = low + (1u << (6 * left)) - 1;
	uint32_t class;
	struct decoder_node node;

	if (high < least || low > most) {
		*ret_outcome = OUTCOME_ILL_FORMED;
		return true;
	}
	class = symbol_class_of(decoder->classes, low);
	if (left == 0) {
		*ret_outcome = OUTCOME_CLASS | class;
		return true;
	}
	for (uint32_t i = 0; i < 64; i++) {
		/* When all is one class, all children are alike: the first stands for the rest. */
		bool is_uniform = low >= least && high <= most && symbol_class_of(decoder->classes, high) == class;

		if (i > 0 && is_uniform)
			node.outcome[i] = node.outcome[0];
		else if (!outcome_of(decoder, low + (i << (6 * (left - 1))), left - 1, least, most, &node.outcome[i]))
			return false;
	}
	return share_node(decoder, &node, ret_outcome);
}

static bool build_decoder(struct decoder *decoder)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t *outcome = &decoder->root[byte];
		bool is_made = true;

		if (byte < 0x80)
			*outcome = OUTCOME_CLASS | symbol_class_of(decoder->classes, byte);
		else if (byte >= 0xc2 && byte < 0xe0)
			is_made = outcome_of(decoder, (byte & 0x1f) << 6, 1, 0x80, 0x7ff, outcome);
		else if (byte == 0xed) /* surrogates are no characters */
			is_made = outcome_of(decoder, 0xd000, 2, 0xd000, 0xd7ff, outcome);
		else if (byte >= 0xe0 && byte < 0xf0)
			is_made = outcome_of(decoder, (byte & 0xf) << 12, 2, 0x800, 0xffff, outcome);
		else if (byte >= 0xf0 && byte < 0xf5)
			is_made = outcome_of(decoder, (byte & 7) << 18, 3, 0x10000, SYMBOL_CODE_POINT_MAX, outcome);
		else
			*outcome = OUTCOME_ILL_FORMED;
		if (!is_made)
			return false;
	}
	return true;
}

/* The pairs (state before the character, node of the decoder) that are reached, numbered as they are met. */
struct product {
	const struct state_table *code_points;
	struct decoder decoder;
	uint32_t replacement_class; /* of U+FFFD */
	uint32_t *number;	    /* [state * (nodes + 1) + node + 1] -> number + 1; node -1: between characters */
	uint32_t *states, *nodes;   /* number -> pair; nodes: node + 1 */
	uint32_t count, states_max;
	bool is_too_large;
};

static uint32_t number_of_pair(struct product *product, uint32_t state, uint32_t node_plus_1)
{
	uint32_t *number = &product->number[(size_t)state * (product->decoder.count + 1) + node_plus_1];

	if (*number == 0) {
		if (product->count == product->states_max) {
			product->is_too_large = true;
			return 0;
		}
		product->states[product->count] = state;
		product->nodes[product->count] = node_plus_1;
		*number = ++product->count;
	}
	return *number - 1;
}

static uint32_t after_class(const struct product *product, uint32_t state, uint32_t class)
{
	return product->code_points->next[(size_t)state * product->code_points->class_count + class];
}

static uint32_t after_byte(struct product *product, uint32_t pair, uint32_t byte)
{
	uint32_t state = product->states[pair], node = product->nodes[pair];
	uint32_t outcome;

	if (node > 0) {
		outcome = byte >= 0x80 && byte < 0xc0 ? product->decoder.nodes[node - 1].outcome[byte - 0x80]
						      : OUTCOME_ILL_FORMED;
		if (outcome != OUTCOME_ILL_FORMED)
			goto follow;
		/* The part so far was ill-formed; the byte begins something new. */
		state = after_class(product, state, product->replacement_class);
	}
	outcome = product->decoder.root[byte];
	if (outcome == OUTCOME_ILL_FORMED)
		return number_of_pair(product, after_class(product, state, product->replacement_class), 0);
follow:
	if (outcome & OUTCOME_CLASS)
		return number_of_pair(product, after_class(product, state, outcome & ~OUTCOME_CLASS), 0);
	return number_of_pair(product, state, outcome + 1);
}

int utf8_automaton(const struct symbol_classes *classes, const struct state_table *code_points, uint32_t states_max,
		   struct state_table *ret_bytes)
{
	struct product product = {.code_points = code_points, .decoder.classes = classes, .states_max = states_max};
	struct state_table bytes = {.class_count = 256};
	int status = -ENOMEM;

	product.replacement_class = symbol_class_of(classes, 0xfffd);
	if (!build_decoder(&product.decoder))
		goto out;
	product.number = calloc((size_t)code_points->state_count * (product.decoder.count + 1), sizeof *product.number);
	product.states = calloc(states_max, sizeof *product.states);
	product.nodes = calloc(states_max, sizeof *product.nodes);
	if (!product.number || !product.states || !product.nodes)
		goto out;
	bytes.start = number_of_pair(&product, code_points->start, 0);
	for (uint32_t done = 0; done < product.count && !product.is_too_large; done++) {
		/* Grown by the table's size so far: `count` may rise while a state is worked on. */
		if ((done & (done - 1)) == 0) {
			size_t room = done ? (size_t)done * 2 : 1;
			uint32_t *next = realloc(bytes.next, room * 256 * sizeof *next);

			if (!next)
				goto out;
			bytes.next = next;
		}
		for (uint32_t byte = 0; byte < 256; byte++)
			bytes.next[(size_t)done * 256 + byte] = after_byte(&product, done, byte);
	}
	if (product.is_too_large) {
		status = -E2BIG;
		goto out;
	}
	bytes.state_count = product.count;
	bytes.accepting = calloc(bytes.state_count, 1);
	if (!bytes.accepting)
		goto out;
	for (uint32_t i = 0; i < bytes.state_count; i++) {
		uint32_t state = product.states[i];

		if (product.nodes[i] > 0)
			state = after_class(&product, state, product.replacement_class);
		bytes.accepting[i] = code_points->accepting[state];
	}
	*ret_bytes = bytes;
	bytes = (struct state_table){0};
	status = 0;
out:
	state_table_release(&bytes);
	free(product.decoder.nodes);
	free(product.number);
	free(product.states);
	free(product.nodes);
	return status;
}
