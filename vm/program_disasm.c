/* The listing of a program: every row of every section, one line each; numbers are those of the rows. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "vm/match_dfa.h"
#include "vm/match_network.h"
#include "vm/match_set.h"
#include "vm/match_trie.h"
#include "vm/program.h"
#include "vm/program_cost.h"
#include "vm/program_internal.h"

/* Paths of a trie are followed up to so many components, so that the listing grows with the program only. */
#define PATH_COMPONENTS_MAX 64
/* What stands behind a test to say what it is about. */
#define NOTE_BYTES_MAX 70

static void quoted(struct buffer *out, struct text t)
{
	buffer_append_byte(out, '"');
	for (size_t i = 0; i < t.length; i++) {
		uint8_t byte = (uint8_t)t.bytes[i];

		if (byte == '"' || byte == '\\')
			buffer_printf(out, "\\%c", byte);
		else if (byte < 0x20 || byte >= 0x7f)
			buffer_printf(out, "\\x%02x", byte);
		else
			buffer_append_byte(out, byte);
	}
	buffer_append_byte(out, '"');
}

/* ---- slots ---- */

static void slot_inputs(struct buffer *out, const struct slot *slot)
{
	buffer_append_byte(out, '(');
	for (uint32_t i = 0; i < slot->input_count; i++)
		buffer_printf(out, "%ss%u", i > 0 ? ", " : "", slot->inputs[i]);
	buffer_append_byte(out, ')');
}

/* What the slot is, without its type: proc.aname[2], tolower(s3). */
static void slot_text(struct buffer *out, const struct slot *slot)
{
	switch (slot->kind) {
	case SLOT_FIELD:
		buffer_append_string(out, field_info(slot->request.field)->name);
		if (slot->request.argument_is_number) {
			buffer_printf(out, "[%" PRId64 "]", slot->request.argument_number);
		} else if (slot->request.has_argument) {
			buffer_append_byte(out, '[');
			quoted(out, slot->request.argument);
			buffer_append_byte(out, ']');
		}
		if (slot->request.flags & SLOT_FLAG_EACH)
			buffer_append_string(out, " each");
		break;
	case SLOT_CONSTANT:
		quoted(out, slot->text);
		break;
	case SLOT_LIST:
		slot_inputs(out, slot);
		break;
	default:
		buffer_append_string(out, transformer_info(slot->transformer)->name);
		slot_inputs(out, slot);
		if (slot->text.length > 0) {
			buffer_append_byte(out, '[');
			quoted(out, slot->text);
			buffer_append_byte(out, ']');
		}
		break;
	}
}

static void list_slots(const struct program *program, struct buffer *out)
{
	buffer_printf(out, "\nslots\n");
	for (uint32_t i = 0; i < program->slots_header->slot_count; i++) {
		const struct slot *slot = &program->slots[i];

		buffer_printf(out, "  s%-5u ", i);
		slot_text(out, slot);
		buffer_printf(out, "  %s%s\n", type_name((enum value_type)slot->type), slot->is_list ? " list" : "");
	}
}

/* ---- operands ---- */

/* Whether the bytes are to be read as an address: the operand does not know, its predicate's slot does. */
static void bytes_text(struct buffer *out, struct text t, bool is_address)
{
	char address[INET6_ADDRSTRLEN];

	if (is_address && (t.length == 4 || t.length == 16) &&
	    inet_ntop(t.length == 4 ? AF_INET : AF_INET6, t.bytes, address, sizeof address) != NULL)
		buffer_append_string(out, address);
	else
		quoted(out, t);
}

static void trie_path(const struct program *program, const struct format_trie *trie, uint32_t node, struct buffer *out)
{
	const struct format_trie_node *nodes = trie_nodes(trie);
	uint32_t edges[PATH_COMPONENTS_MAX], depth = 0;

	while (node > 0 && depth < PATH_COMPONENTS_MAX) {
		uint32_t edge = node - 1, low = 0, high = node;

		/* The parent: the last node whose edges begin at or before this one. */
		while (low + 1 < high) {
			uint32_t middle = low + (high - low) / 2;

			if (nodes[middle].first_edge <= edge)
				low = middle;
			else
				high = middle;
		}
			edges[depth++] = edge;
		node = low;
	}
	if (node > 0)
		buffer_append_string(out, "...");
	if (depth == 0)
		buffer_append_byte(out, '/');
	while (depth-- > 0) {
		buffer_append_byte(out, '/');
		quoted(out, program_counted(program, trie_edges(trie)[edges[depth]]));
	}
}

static void trie_text(const struct program *program, const struct format_trie *trie, struct buffer *out)
{
	bool is_first = true;

	buffer_append_string(out, "paths {");
	for (uint32_t node = 0; node < trie->node_count; node++) {
		if (trie_nodes(trie)[node].bit_count == 0)
			continue;
		buffer_append_string(out, is_first ? "" : ", ");
		trie_path(program, trie, node, out);
		is_first = false;
	}
	buffer_append_byte(out, '}');
}

static void networks_text(const struct format_networks *networks, struct buffer *out)
{
	char low[INET6_ADDRSTRLEN], high[INET6_ADDRSTRLEN];
	const char *comma = "";

	buffer_append_string(out, "networks {");
	for (uint32_t i = 0; i < networks->v4_count; i++, comma = ", ") {
		struct in_addr first = {htonl(networks_v4(networks)[i].low)}, last = {htonl(networks_v4(networks)[i].high)};

		inet_ntop(AF_INET, &first, low, sizeof low);
		inet_ntop(AF_INET, &last, high, sizeof high);
		buffer_printf(out, "%s%s - %s", comma, low, high);
	}
	for (uint32_t i = 0; i < networks->v6_count; i++, comma = ", ") {
		inet_ntop(AF_INET6, networks_v6(networks)[i].low, low, sizeof low);
		inet_ntop(AF_INET6, networks_v6(networks)[i].high, high, sizeof high);
		buffer_printf(out, "%s%s - %s", comma, low, high);
	}
	buffer_append_byte(out, '}');
}

static void number_text(struct buffer *out, uint64_t number, unsigned kind)
{
	double real;

	memcpy(&real, &number, sizeof real);
	if (kind == KIND_REAL)
		buffer_printf(out, "%g", real);
	else if (kind == KIND_SIGNED)
		buffer_append_signed(out, (int64_t)number);
	else
		buffer_append_decimal(out, number);
}

static void set_text(const struct program *program, const struct operand *operand, const struct slot *slot,
		     struct buffer *out)
{
	bool is_address = slot->value_kind == KIND_ADDRESS;

	buffer_append_byte(out, '{');
	if (operand->kind == OPERAND_BYTES_SET) {
		for (uint32_t i = 0; i < operand->bytes_set->member_count; i++) {
			buffer_append_string(out, i > 0 ? ", " : "");
			bytes_text(out, program_counted(program, bytes_set_members(operand->bytes_set)[i]), is_address);
		}
	} else {
		for (uint32_t i = 0; i < operand->number_set->member_count; i++) {
			buffer_append_string(out, i > 0 ? ", " : "");
			number_text(out, number_set_numbers(operand->number_set)[i], slot->value_kind);
		}
	}
	buffer_append_byte(out, '}');
}

static void operand_text(const struct program *program, const struct operand *operand, const struct slot *slot,
			 struct buffer *out)
{
	switch ((enum operand_kind)operand->kind) {
	case OPERAND_NUMBER:
		number_text(out, operand->number, slot->value_kind);
		break;
	case OPERAND_BYTES:
		bytes_text(out, text_of((const char *)operand->bytes, operand->length), slot->value_kind == KIND_ADDRESS);
		break;
	case OPERAND_BYTES_SET:
	case OPERAND_NUMBER_SET:
		set_text(program, operand, slot, out);
		break;
	case OPERAND_DFA:
		buffer_printf(out, "dfa(%u states, %u classes, start %u, sinks from %u)", operand->dfa->state_count,
			      operand->dfa->class_count, operand->dfa->start, operand->dfa->first_sink);
		break;
	case OPERAND_TRIE:
		trie_text(program, operand->trie, out);
		break;
	case OPERAND_NETWORKS:
		networks_text(operand->networks, out);
		break;
	case OPERAND_SLOT:
		buffer_printf(out, "s%u", operand->slot);
		break;
	case OPERAND_LIST: /* lists have no lists inside */
		buffer_append_byte(out, '(');
		for (uint32_t i = 0; i < operand->length; i++) {
			const struct operand *member = &program->operands[operand->list[i]];

			buffer_append_string(out, i > 0 ? ", " : "");
			if (member->kind != OPERAND_LIST)
				operand_text(program, member, slot, out);
		}
		buffer_append_byte(out, ')');
		break;
	case OPERAND_NONE:
	case OPERAND_KIND_COUNT:
		break;
	}
}

/* ---- predicates and matchers ---- */

static void predicate_text(const struct program *program, const struct predicate *predicate, struct buffer *out)
{
	static const char *const quantifiers[QUANTIFIER_COUNT] = {"", "any ", "all ", "all-of-some "};
	static const char *const modifiers[] = {"", "oneof ", "anyof ", "allof "};

	buffer_printf(out, "%ss%u %s%s%s", quantifiers[predicate->quantifier], predicate->slot,
		      operator_info(predicate->operator)->name, predicate->operand.kind != OPERAND_NONE ? " " : "",
		      modifiers[predicate->modifier]);
	operand_text(program, &predicate->operand, &program->slots[predicate->slot], out);
}

static void list_predicates(const struct program *program, struct buffer *out)
{
	buffer_printf(out, "\npredicates\n");
	for (uint32_t i = 0; i < program->predicates_header->predicate_count; i++) {
		buffer_printf(out, "  p%-5u ", i);
		predicate_text(program, &program->predicates[i], out);
		buffer_append_byte(out, '\n');
	}
}

static void list_matchers(const struct program *program, struct buffer *out)
{
	static const char *const kinds[MATCHER_KIND_COUNT] = {"bytes", "numbers", "dfa", "trie"};

	if (program->matchers_header->matcher_count == 0)
		return;
	buffer_printf(out, "\nmatchers\n");
	for (uint32_t i = 0; i < program->matchers_header->matcher_count; i++) {
		const struct format_matcher *row = &program->matcher_rows[i];

		buffer_printf(out, "  m%-5u %s of s%u, words from %u, table of %u bytes:", i, kinds[row->kind], row->slot,
			      row->first_word, row->table_length);
		for (uint32_t bit = 0; bit < row->predicate_count; bit++)
			buffer_printf(out, " p%u", program->matcher_predicates[row->first_predicate + bit]);
		buffer_append_byte(out, '\n');
	}
}

/* ---- rules, capture ---- */

static void list_output(const struct program *program, uint32_t rule, struct buffer *out)
{
	buffer_append_string(out, "         output");
	for (uint32_t i = 0; i < program_output_piece_count(program, rule); i++) {
		struct program_output_piece piece = program_output_piece(program, rule, i);

		buffer_append_byte(out, ' ');
		if (piece.is_literal)
			quoted(out, piece.literal);
		else if (piece.width_bytes > 0)
			buffer_printf(out, "s%u:%u", piece.slot, piece.width_bytes);
		else
			buffer_printf(out, "s%u", piece.slot);
	}
	buffer_append_string(out, program_output_field_count(program, rule) > 0 ? "\n         fields " : "");
	for (uint32_t i = 0; i < program_output_field_count(program, rule); i++) {
		struct program_output_field field = program_output_field(program, rule, i);

		buffer_append_string(out, i > 0 ? ", " : "");
		quoted(out, field.name);
		buffer_printf(out, " s%u", field.slot);
	}
	buffer_append_byte(out, '\n');
}

static void list_rules(const struct program *program, struct buffer *out)
{
	buffer_printf(out, "\nrules\n");
	for (uint32_t i = 0; i < program_rule_count(program); i++) {
		struct program_rule rule = program_rule(program, i);

		buffer_printf(out, "  r%-5u ", i);
		quoted(out, rule.name);
		buffer_printf(out, " %s, %s, source ", priority_name((enum priority)rule.priority),
			      rule.is_enabled ? "enabled" : "disabled");
		quoted(out, rule.source);
		if (program->debug_header != NULL) {
			buffer_append_string(out, "\n         description ");
			quoted(out, rule.description);
		}
		buffer_append_string(out, rule.tag_count > 0 ? "\n         tags " : "");
		for (uint32_t tag = 0; tag < rule.tag_count; tag++) {
			buffer_append_string(out, tag > 0 ? ", " : "");
			quoted(out, program_rule_tag(program, i, tag));
		}
		buffer_append_byte(out, '\n');
		list_output(program, i, out);
		if (program->debug_header != NULL) {
			const struct format_debug_rule *row = &program->debug_rules[i];

			buffer_append_string(out, "         defined in ");
			quoted(out, text_of((const char *)program->debug_texts + row->file.offset, row->file.length));
			buffer_printf(out, " line %u\n", row->line);
		}
	}
}

static void list_capture(const struct program *program, struct buffer *out)
{
	buffer_printf(out, "\ncapture\n");
	for (uint32_t i = 0; i < program->capture_header->event_count; i++) {
		const struct format_capture_event *row = &program->capture_events[i];

		buffer_printf(out, "  event %u %s%s\n", row->event, event_info(row->event)->constant,
			      row->flags & CAPTURE_FLAG_RESULT ? ", with result" : "");
	}
	for (uint32_t i = 0; i < program->capture_header->generic_count; i++)
		buffer_printf(out, "  system call %u %s\n", program->capture_generics[i],
			      syscall_by_code(program->capture_generics[i])->name);
}

/* ---- code ---- */

static void instruction_operand(const struct format_instruction *instruction, struct buffer *out)
{
	bool is_negated = instruction->flags & INSTRUCTION_WANTS_FALSE;

	switch ((enum operand_meaning)opcode_infos[instruction->opcode].operand) {
	case MEANING_NONE:
	case MEANING_PLACE:
		break;
	case MEANING_RULE:
		buffer_printf(out, " r%u", instruction->operand);
		break;
	case MEANING_PREDICATE:
		buffer_printf(out, " %sp%u", is_negated ? "not " : "", instruction->operand);
		break;
	case MEANING_MATCHER:
		buffer_printf(out, " m%u", instruction->operand);
		break;
	case MEANING_NODE:
		buffer_printf(out, " n%u", instruction->operand);
		break;
	case MEANING_MASKS:
		buffer_printf(out, " %u masks", instruction->operand);
		break;
	case MEANING_BITS:
		buffer_printf(out, " %08x of word %u", instruction->operand, instruction->target);
		break;
	}
}

/* "then 5": jumps when it holds; "else 5": when it does not; "to 5": in any case. */
static const char *jump_word(const struct format_instruction *instruction)
{
	switch (instruction->opcode) {
	case OP_TEST_THEN:
	case OP_NODE_THEN:
	case OP_JUMP_IF_SET:
		return "then";
	case OP_JUMP:
		return "to";
	default:
		return "else";
	}
}

/* What a line is about, in words, cut to a bearable length. */
static void note(const struct program *program, const struct format_instruction *instruction, struct buffer *scratch,
		 struct buffer *out)
{
	buffer_clear(scratch);
	if (instruction->opcode == OP_BEGIN_RULE) {
		quoted(scratch, program_rule(program, instruction->operand).name);
	} else if (instruction->opcode == OP_TEST_THEN || instruction->opcode == OP_TEST_ELSE) {
		const struct predicate *predicate = &program->predicates[instruction->operand];
		const struct slot *slot = &program->slots[predicate->slot];

		slot_text(scratch, slot);
		buffer_printf(scratch, " %s%s", operator_info(predicate->operator)->name,
			      predicate->operand.kind != OPERAND_NONE ? " " : "");
		operand_text(program, &predicate->operand, slot, scratch);
	}
	if (scratch->length == 0 || scratch->failed)
		return;
	buffer_append_string(out, "    ; ");
	buffer_append(out, scratch->bytes, scratch->length < NOTE_BYTES_MAX ? scratch->length : NOTE_BYTES_MAX);
	if (scratch->length > NOTE_BYTES_MAX)
		buffer_append_string(out, "...");
}

static void list_instruction(const struct program *program, const struct format_instruction *code, uint32_t at,
			     struct buffer *scratch, struct buffer *out)
{
	const struct format_instruction *instruction = &code[at];
	bool is_wide = at > 0 && code[at - 1].opcode == OP_WIDE;

	buffer_printf(out, "  %5u  %-*s", at, instruction->opcode == OP_END ? 0 : 11,
		      opcode_infos[instruction->opcode].name);
	instruction_operand(instruction, out);
	if (instruction->opcode == OP_SET_NODE)
		buffer_append_string(out, instruction->flags & INSTRUCTION_HOLDS ? " holds" : " does not hold");
	if (opcode_infos[instruction->opcode].target == TARGET_JUMP)
		buffer_printf(out, "%s %s %u", opcode_infos[instruction->opcode].operand == MEANING_NONE ? "" : ",",
			      jump_word(instruction), is_wide ? code[at - 1].operand : instruction->target);
	note(program, instruction, scratch, out);
	buffer_append_byte(out, '\n');
}

static void list_blocks(const struct program *program, struct buffer *out)
{
	const struct format_entries *header = program->entries_header;
	struct buffer scratch = BUFFER_INIT;

	for (uint32_t i = 0; i < header->entry_count; i++)
		buffer_printf(out, "%s  event %u %s: block %u\n", i == 0 ? "\nentries\n" : "", program->entries[i].event,
			      event_info(program->entries[i].event)->constant, program->entries[i].block);
	for (uint32_t block = 0; block < header->block_count; block++) {
		const struct format_instruction *code = program->code + program->blocks[block].first_instruction;

		buffer_printf(out, "\nblock %u, at most %" PRIu64 " units\n", block, program->block_costs[block]);
		for (uint32_t at = 0; at < program->blocks[block].instruction_count; at++)
			list_instruction(program, code, at, &scratch, out);
	}
	buffer_release(&scratch);
}

void program_disassemble(const struct program *program, struct buffer *listing)
{
	static const char *const matchings[] = {"first", "all", "unset"};

	buffer_printf(listing, "program, format %u, rule matching %s\nschema ", program->header->version,
		      matchings[program->header->rule_matching]);
	for (unsigned i = 0; i < PROGRAM_SCHEMA_ID_BYTES; i++)
		buffer_printf(listing, "%02x", program->header->schema_id[i]);
	buffer_append_byte(listing, '\n');
	list_slots(program, listing);
	list_predicates(program, listing);
	list_matchers(program, listing);
	list_rules(program, listing);
	list_capture(program, listing);
	list_blocks(program, listing);
}
