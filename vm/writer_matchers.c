/* Builds matchers: one table that answers several predicates on a slot in one pass over its value. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "vm/match_dfa.h"
#include "vm/match_set.h"
#include "vm/match_trie.h"
#include "vm/program_writer_internal.h"

/* A DFA takes in the next predicate as long as it stays below these; behind them the next DFA begins. */
#define PRODUCT_STATES_MAX 4096u
#define PRODUCT_TRANSITIONS_MAX (1u << 17)

#define CONSTANT_BYTES_MAX 255u /* so that each of its bytes has a class and others have one too */

static const struct format_predicate *predicate_row(const struct program_writer *writer, uint32_t number)
{
	return (const struct format_predicate *)(const void *)writer->predicates.bytes + number;
}

/* The operand's row, or one for a counted run. */
static struct format_operand operand_of(const struct program_writer *writer, uint32_t predicate)
{
	const struct format_predicate *row = predicate_row(writer, predicate);

	if (row->how & FORMAT_PREDICATE_COUNTED)
		return (struct format_operand){
			.kind = OPERAND_BYTES, .length = writer->constants.bytes[row->operand - 1], .value = row->operand};
	return ((const struct format_operand *)(const void *)writer->operands.bytes)[row->operand];
}

static const void *operand_table(const struct program_writer *writer, struct format_operand row)
{
	return writer->operand_tables.bytes + row.value;
}

/* A copy of a constant: building a table adds constants, which moves them. */
static struct text constant_at(struct program_writer *writer, uint32_t offset, uint32_t length)
{
	struct text copy = arena_copy_text(writer->arena, text_of((const char *)writer->constants.bytes + offset, length));

	if (copy.bytes != NULL)
		return copy;
	writer_fail(writer, -ENOMEM);
	return TEXT_EMPTY;
}

static struct text counted_at(struct program_writer *writer, uint32_t offset)
{
	return constant_at(writer, offset, writer->constants.bytes[offset - 1]);
}

/* ---- equalities and sets ---- */

/* A member and the predicate bit that it flips. */
struct bit_member {
	struct text t;
	uint64_t number;
	uint32_t bit;
};

static void add_member(struct buffer *members, struct text t, uint64_t number, uint32_t bit)
{
	struct bit_member member = {t, number, bit};

	buffer_append(members, &member, sizeof member);
}

static void collect_members(struct program_writer *writer, uint32_t predicate, uint32_t bit, struct buffer *members)
{
	struct format_operand row = operand_of(writer, predicate);

	switch (row.kind) {
	case OPERAND_NUMBER:
		add_member(members, TEXT_EMPTY, (uint64_t)row.length << 32 | row.value, bit);
		break;
	case OPERAND_BYTES:
		add_member(members, constant_at(writer, row.value, row.length), 0, bit);
		break;
	case OPERAND_NUMBER_SET: {
		const struct format_number_set *set = operand_table(writer, row);

		for (uint32_t i = 0; i < set->member_count; i++)
			add_member(members, TEXT_EMPTY, number_set_numbers(set)[i], bit);
		break;
	}
	default: {
		const struct format_bytes_set *set = operand_table(writer, row);

		for (uint32_t i = 0; i < set->member_count; i++)
			add_member(members, counted_at(writer, bytes_set_members(set)[i]), 0, bit);
		break;
	}
	}
}

static bool same_member(const struct bit_member *a, const struct bit_member *b)
{
	return a->number == b->number && text_equal(a->t, b->t);
}

static int compare_members(const void *a, const void *b)
{
	const struct bit_member *x = a, *y = b;
	int order;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	order = text_compare(x->t, y->t);
	if (order != 0)
		return order;
	return (x->bit > y->bit) - (x->bit < y->bit);
}

/*
 * The set of all members, then for each of them, in the set's order, its predicate bits. `members` is sorted; `firsts`
 * holds where each distinct one begins.
 */
static void append_member_table(struct program_writer *writer, const struct bit_member *members, uint32_t count,
				bool is_numbers, struct buffer *table)
{
	struct text *texts = calloc(count + (size_t)1, sizeof *texts);
	uint64_t *numbers = calloc(count + (size_t)1, sizeof *numbers);
	uint32_t *firsts = calloc(count + (size_t)1, sizeof *firsts);
	uint32_t *order = calloc(count + (size_t)1, sizeof *order);
	uint32_t distinct = 0, kept = 0, place = 0;

	if (texts == NULL || numbers == NULL || firsts == NULL || order == NULL) {
		writer_fail(writer, -ENOMEM);
		goto out;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0 && same_member(&members[i], &members[i - 1]))
			continue;
		texts[distinct] = members[i].t;
		numbers[distinct] = members[i].number;
		order[distinct] = distinct;
		firsts[distinct++] = i;
	}
	if (is_numbers)
		writer_append_number_set(writer, numbers, distinct, table, &kept);
	else
		writer_append_bytes_set(writer, texts, distinct, table, order, &kept);
	buffer_align(table, sizeof(uint32_t));
	for (unsigned pass = 0; pass < 2; pass++) { /* the starts, then the bits */
		for (uint32_t i = 0; i < kept; i++) {
			uint32_t first = firsts[order[i]], end = first;

			if (pass == 0)
				buffer_append_u32(table, place);
			for (; end < count && same_member(&members[end], &members[first]); end++)
				if (pass == 1)
					buffer_append_u32(table, members[end].bit);
			place += end - first;
		}
		if (pass == 0)
			buffer_append_u32(table, place);
	}
out:
	free(texts);
	free(numbers);
	free(firsts);
	free(order);
}

static void append_set_matcher(struct program_writer *writer, const uint32_t *predicates, uint32_t count, bool is_numbers,
			       struct buffer *table)
{
	struct buffer members = BUFFER_INIT;
	uint32_t defaults = 0;

	for (uint32_t bit = 0; bit < count; bit++) {
		collect_members(writer, predicates[bit], bit, &members);
		if (predicate_row(writer, predicates[bit])->operator == OPERATOR_NOT_EQUAL)
			defaults |= 1u << bit % 32;
		if (bit % 32 == 31 || bit + 1 == count) {
			buffer_append_u32(table, defaults);
			defaults = 0;
		}
	}
	buffer_align(table, PROGRAM_ALIGNMENT);
	if (members.failed) {
		writer_fail(writer, -ENOMEM);
	} else {
		uint32_t member_count = (uint32_t)(members.length / sizeof(struct bit_member));

		if (member_count > 0)
			qsort(members.bytes, member_count, sizeof(struct bit_member), compare_members);
		append_member_table(writer, (const void *)members.bytes, member_count, is_numbers, table);
	}
	buffer_release(&members);
}

/* ---- path prefixes ---- */

struct path_walk {
	struct program_writer *writer;
	const struct format_trie *trie;
	uint32_t bit;
	struct buffer *paths; /* struct writer_path */
};

static struct text append_component(struct program_writer *writer, struct text path, struct text component)
{
	size_t length = path.length + 1 + component.length;
	char *bytes = arena_allocate(writer->arena, length);

	if (bytes == NULL) {
		writer_fail(writer, -ENOMEM);
		return TEXT_EMPTY;
	}
	if (path.length > 0)
		memcpy(bytes, path.bytes, path.length);
	bytes[path.length] = '/';
	memcpy(bytes + path.length + 1, component.bytes, component.length);
	return text_of(bytes, length);
}

/* Collects the paths of an operand's trie: what was split is put together again. */
static void collect_paths(const struct path_walk *walk)
{
	const struct format_trie_node *nodes = trie_nodes(walk->trie);
	struct text *path_of = calloc(walk->trie->node_count, sizeof *path_of);

	if (path_of == NULL) {
		writer_fail(walk->writer, -ENOMEM);
		return;
	}
	for (uint32_t node = 0; node < walk->trie->node_count; node++) {
		struct writer_path path = {path_of[node], walk->bit};

		if (nodes[node].bit_count > 0)
			buffer_append(walk->paths, &path, sizeof path);
		for (uint32_t edge = nodes[node].first_edge; edge < nodes[node].first_edge + nodes[node].edge_count; edge++) {
			struct text label = counted_at(walk->writer, trie_edges(walk->trie)[edge]);

			path_of[edge + 1] = append_component(walk->writer, path_of[node], label);
		}
	}
	free(path_of);
}

static void append_trie_matcher(struct program_writer *writer, const uint32_t *predicates, uint32_t count,
				struct buffer *table)
{
	struct buffer paths = BUFFER_INIT;

	for (uint32_t bit = 0; bit < count; bit++) {
		struct path_walk walk = {writer, operand_table(writer, operand_of(writer, predicates[bit])), bit, &paths};

		collect_paths(&walk);
	}
	if (paths.failed)
		writer_fail(writer, -ENOMEM);
	else
		writer_append_trie(writer, (const void *)paths.bytes, (uint32_t)(paths.length / sizeof(struct writer_path)),
				   false, table);
	buffer_release(&paths);
}

/* ---- DFAs ---- */

/* A DFA that says which predicates a value satisfies: the bits of each state. */
struct product {
	uint32_t state_count, class_count, start;
	uint8_t byte_class[256];
	struct buffer next;   /* u16 per state and class */
	struct buffer starts; /* u32 per state and one more, into bits */
	struct buffer bits;   /* u32 */
};

static void product_release(struct product *product)
{
	buffer_release(&product->next);
	buffer_release(&product->starts);
	buffer_release(&product->bits);
}

static uint32_t product_next(const struct product *product, uint32_t state, uint32_t class)
{
	return load_u16(product->next.bytes + 2 * ((size_t)state * product->class_count + class));
}

static uint32_t product_start(const struct product *product, uint32_t state)
{
	return load_u32(product->starts.bytes + 4 * (size_t)state);
}

static bool product_failed(const struct product *product)
{
	return product->next.failed || product->starts.failed || product->bits.failed;
}

/* One state's bits, behind those of the states before it. */
static void add_state_bits(struct product *product, bool accepts, uint32_t bit)
{
	buffer_append_u32(&product->starts, (uint32_t)(product->bits.length / 4));
	if (accepts)
		buffer_append_u32(&product->bits, bit);
}

static void close_bits(struct product *product)
{
	buffer_append_u32(&product->starts, (uint32_t)(product->bits.length / 4));
}

/* The DFA of an operand. */
static void product_of_table(const struct format_dfa *dfa, uint32_t bit, struct product *ret_product)
{
	const uint8_t *accepting = (const uint8_t *)(dfa + 1);
	const uint8_t *transitions = accepting + dfa_accept_bitmap_bytes(dfa);

	*ret_product = (struct product){
		.state_count = dfa->state_count, .class_count = dfa->class_count, .start = dfa->start};
	memcpy(ret_product->byte_class, dfa->byte_class, sizeof ret_product->byte_class);
	for (uint32_t state = 0; state < dfa->state_count; state++) {
		add_state_bits(ret_product, accepting[state / 8] >> state % 8 & 1, bit);
		for (uint32_t class = 0; class < dfa->class_count; class++) {
			size_t at = (size_t)state * dfa->class_count + class;

			if (state >= dfa->first_sink)
				buffer_append_u16(&ret_product->next, (uint16_t)state);
			else
				buffer_append_u16(&ret_product->next, dfa_is_narrow(dfa) ? transitions[at]
											 : load_u16(transitions + 2 * at));
		}
	}
	close_bits(ret_product);
}

static uint8_t folded(uint8_t byte, bool any_case)
{
	return any_case && byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

/*
 * The DFA of an operator with a constant. State s: s bytes of the constant have been seen; behind them a state for values
 * that cannot match any more. Class 0: bytes that the constant does not have.
 */
static void product_of_constant(unsigned operator, struct text word, uint32_t bit, struct product *ret_product)
{
	bool any_case = operator == OPERATOR_ICONTAINS;
	bool is_anywhere = any_case || operator == OPERATOR_CONTAINS || operator == OPERATOR_BCONTAINS;
	bool is_prefix = operator == OPERATOR_STARTSWITH || operator == OPERATOR_BSTARTSWITH;
	bool searches = is_anywhere || operator == OPERATOR_ENDSWITH;
	uint32_t length = (uint32_t)word.length, dead = length + 1, fallback = 0;

	*ret_product = (struct product){.state_count = length + 2, .class_count = 1};
	for (uint32_t i = 0; i < length; i++) {
		uint8_t byte = folded((uint8_t)word.bytes[i], any_case);

		if (ret_product->byte_class[byte] == 0 && ret_product->class_count < 256)
			ret_product->byte_class[byte] = (uint8_t)ret_product->class_count++;
	}
	for (unsigned byte = 0; byte < 256; byte++)
		ret_product->byte_class[byte] = ret_product->byte_class[folded((uint8_t)byte, any_case)];
	for (uint32_t state = 0; state <= dead; state++) {
		bool is_end = state == length;
		uint32_t wanted = state < length ? ret_product->byte_class[folded((uint8_t)word.bytes[state], any_case)] : 0;

		add_state_bits(ret_product, operator == OPERATOR_NOT_EQUAL ? !is_end : is_end, bit);
		for (uint32_t class = 0; class < ret_product->class_count; class++) {
			uint32_t next;

			if (state == dead || (is_end && !searches && !is_prefix))
				next = dead;
			else if (is_end && (is_anywhere || is_prefix))
				next = length;
			else if (state < length && class == wanted && class != 0)
				next = state + 1;
			else if (!searches)
				next = dead;
			else /* as after the longest other beginning of the word that ends here */
				next = state > 0 ? product_next(ret_product, fallback, class) : 0;
			buffer_append_u16(&ret_product->next, (uint16_t)next);
		}
		if (product_failed(ret_product))
			return;
		if (searches && state > 0 && state < length)
			fallback = product_next(ret_product, fallback, wanted);
	}
	close_bits(ret_product);
}

static void append_bits_of(struct product *product, const struct product *from, uint32_t state)
{
	uint32_t first = product_start(from, state), end = product_start(from, state + 1);

	buffer_append(&product->bits, from->bits.bytes + 4 * (size_t)first, 4 * (size_t)(end - first));
}

/* Classes of bytes that neither DFA tells apart. */
static void cross_classes(const struct product *a, const struct product *b, struct product *product,
			  uint8_t a_class[256], uint8_t b_class[256])
{
	for (unsigned byte = 0; byte < 256; byte++) {
		uint32_t class = 0;

		while (class < product->class_count &&
		       (a_class[class] != a->byte_class[byte] || b_class[class] != b->byte_class[byte]))
			class++;
		if (class == product->class_count) {
			a_class[class] = a->byte_class[byte];
			b_class[class] = b->byte_class[byte];
			product->class_count++;
		}
		product->byte_class[byte] = (uint8_t)class;
	}
}

/* Both DFAs in one, if that stays small: 0, -ENOMEM or -E2BIG. */
static int product_cross(const struct product *a, const struct product *b, struct product *ret_product)
{
	struct number_table *numbers = number_table_new(0);
	struct product product = {0};
	struct buffer pairs = BUFFER_INIT; /* u64: state of a, state of b */
	uint8_t a_class[256], b_class[256];
	int result = numbers != NULL ? 0 : -ENOMEM;

	cross_classes(a, b, &product, a_class, b_class);
	if (result == 0) {
		uint64_t start = (uint64_t)a->start << 32 | b->start;

		buffer_append_u64(&pairs, start);
		result = number_table_set(numbers, start, (void *)(uintptr_t)1);
	}
	for (uint32_t state = 0; result == 0 && state < pairs.length / 8; state++) {
		uint64_t pair = load_u64(pairs.bytes + 8 * (size_t)state);
		uint32_t a_state = (uint32_t)(pair >> 32), b_state = (uint32_t)pair;

		buffer_append_u32(&product.starts, (uint32_t)(product.bits.length / 4));
		append_bits_of(&product, a, a_state);
		append_bits_of(&product, b, b_state);
		for (uint32_t class = 0; result == 0 && class < product.class_count; class++) {
			uint64_t next = (uint64_t)product_next(a, a_state, a_class[class]) << 32 |
					product_next(b, b_state, b_class[class]);
			uintptr_t number = (uintptr_t)number_table_get(numbers, next);

			if (number == 0) {
				number = pairs.length / 8 + 1;
				buffer_append_u64(&pairs, next);
				result = number_table_set(numbers, next, (void *)number);
			}
			buffer_append_u16(&product.next, (uint16_t)(number - 1));
		}
		product.state_count++;
		if (result == 0 && (pairs.failed || product_failed(&product)))
			result = -ENOMEM;
		else if (result == 0 && (pairs.length / 8 > PRODUCT_STATES_MAX ||
					 product.state_count * product.class_count > PRODUCT_TRANSITIONS_MAX))
			result = -E2BIG;
	}
	close_bits(&product);
	if (result == 0 && (pairs.failed || product_failed(&product)))
		result = -ENOMEM;
	number_table_free(numbers);
	buffer_release(&pairs);
	if (result == 0)
		*ret_product = product;
	else
		product_release(&product);
	return result;
}

static void append_product(struct program_writer *writer, const struct product *product, struct buffer *table)
{
	struct program_dfa dfa = {.state_count = product->state_count,
				  .class_count = product->class_count,
				  .start = product->start,
				  .next = (const void *)product->next.bytes};

	memcpy(dfa.byte_class, product->byte_class, sizeof dfa.byte_class);
	writer_append_dfa(writer, &dfa, (const void *)product->starts.bytes, (const void *)product->bits.bytes, table);
}

static void append_dfa_matcher(struct program_writer *writer, const uint32_t *predicates, uint32_t count,
			       struct buffer *table)
{
	struct format_matcher_dfas header = {0};
	struct buffer dfas = BUFFER_INIT;
	struct product all = {0};

	for (uint32_t bit = 0; bit < count && writer->error == 0; bit++) {
		struct format_operand row = operand_of(writer, predicates[bit]);
		struct product one, both;
		int result;

		if (row.kind == OPERAND_DFA)
			product_of_table(operand_table(writer, row), bit, &one);
		else
			product_of_constant(predicate_row(writer, predicates[bit])->operator,
					    constant_at(writer, row.value, row.length), bit, &one);
		if (product_failed(&one)) {
			writer_fail(writer, -ENOMEM);
			product_release(&one);
			break;
		}
		if (bit == 0) {
			all = one;
			continue;
		}
		result = product_cross(&all, &one, &both);
		if (result == 0) {
			product_release(&all);
			product_release(&one);
			all = both;
			continue;
		}
		if (result != -E2BIG)
			writer_fail(writer, result);
		append_product(writer, &all, &dfas);
		header.dfa_count++;
		product_release(&all);
		all = one;
	}
	if (writer->error == 0) {
		append_product(writer, &all, &dfas);
		header.dfa_count++;
	}
	buffer_append(table, &header, sizeof header);
	buffer_append(table, dfas.bytes, dfas.length);
	table->failed |= dfas.failed;
	product_release(&all);
	buffer_release(&dfas);
}

/* ---- matchers ---- */

/* The kind of matcher that can answer the predicate; MATCHER_KIND_COUNT: none can. */
static enum matcher_kind kind_for(const struct program_writer *writer, uint32_t predicate)
{
	unsigned operator = predicate_row(writer, predicate)->operator;
	bool is_equality = operator == OPERATOR_EQUAL || operator == OPERATOR_NOT_EQUAL;

	switch (operand_of(writer, predicate).kind) {
	case OPERAND_NUMBER:
		return is_equality ? MATCHER_NUMBERS : MATCHER_KIND_COUNT;
	case OPERAND_NUMBER_SET:
		return MATCHER_NUMBERS;
	case OPERAND_BYTES_SET:
		return MATCHER_BYTES;
	case OPERAND_TRIE:
		return MATCHER_TRIE;
	case OPERAND_DFA:
		return MATCHER_DFA;
	case OPERAND_BYTES:
		if (is_equality)
			return MATCHER_BYTES;
		if (operand_of(writer, predicate).length > CONSTANT_BYTES_MAX)
			return MATCHER_KIND_COUNT;
		return operator == OPERATOR_CONTAINS || operator == OPERATOR_ICONTAINS || operator == OPERATOR_BCONTAINS ||
				       operator == OPERATOR_STARTSWITH || operator == OPERATOR_BSTARTSWITH ||
				       operator == OPERATOR_ENDSWITH
			       ? MATCHER_DFA
			       : MATCHER_KIND_COUNT;
	default:
		return MATCHER_KIND_COUNT;
	}
}

/* The kinds of value that a kind of matcher works on. */
static bool suits(enum matcher_kind kind, unsigned value_kind)
{
	switch (kind) {
	case MATCHER_BYTES:
		return value_kind == KIND_STRING || value_kind == KIND_BYTES || value_kind == KIND_ADDRESS;
	case MATCHER_NUMBERS:
		return value_kind == KIND_SIGNED || value_kind == KIND_UNSIGNED || value_kind == KIND_BOOLEAN;
	default:
		return value_kind == KIND_STRING || value_kind == KIND_BYTES;
	}
}

/* All about one slot, whose type is known before it is asked; over a list, some element satisfies each of them. */
static bool have_one_slot(const struct program_writer *writer, const uint32_t *predicates, uint32_t count)
{
	const struct format_predicate *first = predicate_row(writer, predicates[0]);
	const struct format_slot *slot = (const struct format_slot *)(const void *)writer->slots.bytes + first->slot;
	bool is_list = slot->flags & FORMAT_SLOT_IS_LIST;

	if (slot->kind == SLOT_FIELD && field_info(slot->field)->type == TYPE_DYN)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct format_predicate *row = predicate_row(writer, predicates[i]);

		if (row->slot != first->slot || (row->how & ~FORMAT_PREDICATE_COUNTED) != (is_list ? QUANTIFIER_ANY : QUANTIFIER_SCALAR) ||
		    (is_list && row->operator == OPERATOR_NOT_EQUAL))
			return false;
		if (writer->matcher_bits.length / 4 > predicates[i] &&
		    load_u32(writer->matcher_bits.bytes + 4 * (size_t)predicates[i]) != 0)
			return false;
	}
	return true;
}

/* One kind for all of them: the same, or DFAs if the others are single byte strings. */
static enum matcher_kind common_kind(const struct program_writer *writer, const uint32_t *predicates, uint32_t count)
{
	bool has_kind[MATCHER_KIND_COUNT + 1] = {false}, needs_set = false;

	if (count == 0 || !have_one_slot(writer, predicates, count))
		return MATCHER_KIND_COUNT;
	for (uint32_t i = 0; i < count; i++) {
		struct format_operand row = operand_of(writer, predicates[i]);

		has_kind[kind_for(writer, predicates[i])] = true;
		needs_set |= row.kind == OPERAND_BYTES_SET ||
			     (row.kind == OPERAND_BYTES && row.length > CONSTANT_BYTES_MAX);
	}
	if (has_kind[MATCHER_KIND_COUNT] || has_kind[MATCHER_NUMBERS] + has_kind[MATCHER_TRIE] + has_kind[MATCHER_DFA] > 1)
		return MATCHER_KIND_COUNT;
	if (has_kind[MATCHER_BYTES] && (has_kind[MATCHER_NUMBERS] || has_kind[MATCHER_TRIE]))
		return MATCHER_KIND_COUNT;
	if (has_kind[MATCHER_DFA])
		return needs_set ? MATCHER_KIND_COUNT : MATCHER_DFA;
	if (has_kind[MATCHER_BYTES])
		return MATCHER_BYTES;
	return has_kind[MATCHER_TRIE] ? MATCHER_TRIE : MATCHER_NUMBERS;
}

bool program_writer_can_match(const struct program_writer *writer, const uint32_t *predicates, uint32_t count)
{
	const struct format_slot *slots = (const void *)writer->slots.bytes;
	enum matcher_kind kind;

	if (writer->error != 0)
		return false;
	kind = common_kind(writer, predicates, count);
	return kind != MATCHER_KIND_COUNT &&
	       suits(kind, type_kind((enum value_type)slots[predicate_row(writer, predicates[0])->slot].type));
}

static void note_bits(struct program_writer *writer, const uint32_t *predicates, uint32_t count)
{
	for (uint32_t bit = 0; bit < count; bit++) {
		size_t end = ((size_t)predicates[bit] + 1) * 4;

		if (writer->matcher_bits.length < end)
			buffer_append_zeros(&writer->matcher_bits, end - writer->matcher_bits.length);
		if (writer->matcher_bits.failed) {
			writer_fail(writer, -ENOMEM);
			return;
		}
		store_u32(writer->matcher_bits.bytes + end - 4, writer->matcher_word_count * 32 + bit + 1);
	}
}

uint32_t program_writer_matcher(struct program_writer *writer, uint32_t slot, const uint32_t *predicates, uint32_t count)
{
	uint32_t number = (uint32_t)(writer->matchers.length / sizeof(struct format_matcher));
	enum matcher_kind kind;
	struct format_matcher row = {.slot = slot,
				     .first_word = writer->matcher_word_count,
				     .first_predicate = (uint32_t)(writer->matcher_predicates.length / 4),
				     .predicate_count = count,
				     .table_offset = (uint32_t)writer->matcher_tables.length};
	struct buffer table = BUFFER_INIT;

	if (writer->error != 0)
		return number;
	if (!program_writer_can_match(writer, predicates, count)) {
		writer_fail(writer, -EINVAL);
		return number;
	}
	kind = common_kind(writer, predicates, count);
	row.kind = (uint8_t)kind;
	if (kind == MATCHER_TRIE)
		append_trie_matcher(writer, predicates, count, &table);
	else if (kind == MATCHER_DFA)
		append_dfa_matcher(writer, predicates, count, &table);
	else
		append_set_matcher(writer, predicates, count, kind == MATCHER_NUMBERS, &table);
	if (table.failed)
		writer_fail(writer, -ENOMEM);
	row.table_length = (uint32_t)table.length;
	writer_append(writer, &writer->matcher_tables, table.bytes, table.length);
	buffer_align(&writer->matcher_tables, PROGRAM_ALIGNMENT);
	if (writer->matcher_tables.failed)
		writer_fail(writer, -ENOMEM);
	buffer_release(&table);
	writer_append(writer, &writer->matcher_predicates, predicates, count * sizeof *predicates);
	writer_append(writer, &writer->matchers, &row, sizeof row);
	note_bits(writer, predicates, count);
	writer->matcher_word_count += format_matcher_words(count);
	if (number >= PROGRAM_MATCHERS_MAX || writer->matcher_word_count > PROGRAM_MATCHER_WORDS_MAX)
		writer_fail(writer, -E2BIG);
	return number;
}
