/* Verification of blocks, entries and instructions. */
#include <string.h>

#include "vm/program_verify.h"

const struct opcode_info opcode_infos[OPCODE_COUNT] = {
#define OPCODE(constant, name, target, operand, flags, meaning) {name, TARGET_##target, MEANING_##operand, flags},
#include "vm/opcodes.def"
#undef OPCODE
};

/*
 * Which rule the code before an instruction is in, one mark per instruction. It is known for the first instruction, and
 * for every other one when the walk comes to it, because code only goes forward.
 */
#define MARK_UNREACHED UINT32_MAX
#define MARK_OUTSIDE (UINT32_MAX - 1) /* in no rule, or in different ones on different ways */

struct walk {
	struct verifier *verifier;
	const struct format_instruction *code; /* of the block */
	uint32_t count;
	uint32_t *marks;
	uint32_t block, at;
	int64_t last_rule; /* begun so far, or -1 */
	uint32_t match_count;
	uint32_t masks_left; /* of the GUARD before */
	bool is_wide;	     /* WIDE was before; its target: */
	uint32_t wide_target;
};

static bool bad(const struct walk *walk, enum refusal_code code, const char *why, uint32_t number)
{
	const struct program *program = walk->verifier->program;
	struct text rule = TEXT("none");

	if (walk->last_rule >= 0)
		rule = program_constant(program, program->rules[walk->last_rule].name);
	if (rule.length > 60)
		rule.length = 60;
	return refuse(walk->verifier, code, "block %u, instruction %u (%s), rule " TEXT_FORMAT ": %s %u", walk->block,
		      walk->at,
		      walk->code[walk->at].opcode < OPCODE_COUNT ? opcode_infos[walk->code[walk->at].opcode].name : "unknown",
		      TEXT_ARGUMENTS(rule), why, number);
}

static void reach(struct walk *walk, uint32_t at, uint32_t mark)
{
	if (walk->marks[at] == MARK_UNREACHED)
		walk->marks[at] = mark;
	else if (walk->marks[at] != mark)
		walk->marks[at] = MARK_OUTSIDE;
}

static bool verify_operand(struct walk *walk, const struct format_instruction *instruction)
{
	struct program *program = walk->verifier->program;
	uint32_t operand = instruction->operand, limit = UINT32_MAX;
	const char *why = "operand";

	switch ((enum operand_meaning)opcode_infos[instruction->opcode].operand) {
	case MEANING_NONE:
		limit = 1;
		break;
	case MEANING_RULE:
		limit = program->rules_header->rule_count;
		why = "there is no rule";
		break;
	case MEANING_PREDICATE:
		limit = program->predicates_header->predicate_count;
		why = "there is no predicate";
		break;
	case MEANING_MATCHER:
		limit = program->matchers_header->matcher_count;
		why = "there is no matcher";
		break;
	case MEANING_NODE:
		limit = PROGRAM_NODES_MAX;
		why = "there is no node";
		if (operand < limit && operand >= program->node_count)
			program->node_count = operand + 1;
		break;
	case MEANING_MASKS:
		limit = walk->count - walk->at;
		why = "there are not so many masks:";
		break;
	case MEANING_BITS:
	case MEANING_PLACE:
		break;
	}
	return operand < limit ? true : bad(walk, REFUSAL_INSTRUCTION, why, operand);
}

/* The place that the instruction at walk->at jumps to. */
static bool verify_jump(struct walk *walk, const struct format_instruction *instruction, uint32_t mark)
{
	uint32_t target = walk->is_wide ? walk->wide_target : instruction->target;

	if (walk->is_wide && instruction->target != 0)
		return bad(walk, REFUSAL_JUMP, "a target behind WIDE:", instruction->target);
	if (target <= walk->at)
		return bad(walk, REFUSAL_JUMP, "it does not go forward, to", target);
	if (target >= walk->count)
		return bad(walk, REFUSAL_JUMP, "out of the block, to", target);
	/* Whether the target is a whole instruction is seen there: it must not be reached from anywhere. */
	reach(walk, target, mark);
	return true;
}

/* Masks and the second half of a wide jump belong to the instruction before; nothing may jump to them. */
static bool verify_part(struct walk *walk, const struct format_instruction *instruction)
{
	bool is_mask = instruction->opcode == OP_MASK;

	if (walk->masks_left > 0 || walk->is_wide) {
		if (walk->marks[walk->at] != MARK_UNREACHED)
			return bad(walk, REFUSAL_JUMP, "a jump into the middle of an instruction, to", walk->at);
	}
	if (is_mask != (walk->masks_left > 0))
		return bad(walk, REFUSAL_INSTRUCTION, "a mask is missing or has no guard:", walk->masks_left);
	if (walk->is_wide && opcode_infos[instruction->opcode].target != TARGET_JUMP)
		return bad(walk, REFUSAL_INSTRUCTION, "it has no target for WIDE", walk->wide_target);
	if (is_mask && instruction->target >= walk->verifier->program->matcher_word_count)
		return bad(walk, REFUSAL_INSTRUCTION, "there is no word", instruction->target);
	return true;
}

/* The instruction, reached with `mark`; gives what the next one is reached with. */
static bool verify_effect(struct walk *walk, const struct format_instruction *instruction, uint32_t mark,
			  uint32_t *ret_next)
{
	const struct program *program = walk->verifier->program;
	bool is_reached = mark != MARK_UNREACHED;
	uint32_t jump_mark = mark;

	*ret_next = mark;
	switch (instruction->opcode) {
	case OP_BEGIN_RULE:
		if ((int64_t)instruction->operand <= walk->last_rule)
			return bad(walk, REFUSAL_RULE_ORDER, "after a later one comes rule", instruction->operand);
		walk->last_rule = instruction->operand;
		walk->verifier->block_is_live[walk->block] |= program->rules[instruction->operand].is_enabled != 0;
		if (is_reached) {
			*ret_next = instruction->operand;
			jump_mark = MARK_OUTSIDE;
		}
		break;
	case OP_MATCH:
		if (is_reached && mark != instruction->operand)
			return bad(walk, REFUSAL_MATCH_OUTSIDE, "it can be reached outside rule", instruction->operand);
		walk->match_count++;
		if (is_reached)
			*ret_next = MARK_OUTSIDE;
		break;
	case OP_JUMP:
	case OP_END:
		*ret_next = MARK_UNREACHED;
		break;
	default:
		break;
	}
	if (opcode_infos[instruction->opcode].target != TARGET_JUMP)
		return true;
	if (is_reached)
		return verify_jump(walk, instruction, jump_mark);
	return verify_jump(walk, instruction, MARK_UNREACHED);
}

static bool verify_instruction(struct walk *walk, uint32_t *carried)
{
	const struct format_instruction *instruction = &walk->code[walk->at];
	uint32_t mark, next;

	if (instruction->opcode >= OPCODE_COUNT)
		return bad(walk, REFUSAL_INSTRUCTION, "opcode", instruction->opcode);
	if ((instruction->flags & ~opcode_infos[instruction->opcode].flags) != 0)
		return bad(walk, REFUSAL_INSTRUCTION, "flags", instruction->flags);
	if (opcode_infos[instruction->opcode].flags == INSTRUCTION_WANTS && instruction->flags != INSTRUCTION_WANTS_TRUE &&
	    instruction->flags != INSTRUCTION_WANTS_FALSE)
		return bad(walk, REFUSAL_INSTRUCTION, "flags", instruction->flags);
	if (opcode_infos[instruction->opcode].target == TARGET_NONE && instruction->target != 0)
		return bad(walk, REFUSAL_INSTRUCTION, "target", instruction->target);
	if (!verify_operand(walk, instruction) || !verify_part(walk, instruction))
		return false;
	if (*carried != MARK_UNREACHED)
		reach(walk, walk->at, *carried);
	mark = walk->marks[walk->at];
	if (instruction->opcode == OP_MASK) {
		walk->masks_left--;
		return true;
	}
	if (!verify_effect(walk, instruction, mark, &next))
		return false;
	walk->is_wide = instruction->opcode == OP_WIDE;
	walk->wide_target = instruction->operand;
	if (instruction->opcode == OP_GUARD)
		walk->masks_left = instruction->operand;
	*carried = next;
	return true;
}

static bool verify_block(struct verifier *verifier, uint32_t number)
{
	struct program *program = verifier->program;
	const struct format_block *block = &program->blocks[number];
	struct walk walk = {.verifier = verifier,
			    .code = program->code + block->first_instruction,
			    .count = block->instruction_count,
			    .marks = verifier->marks,
			    .block = number,
			    .last_rule = -1};
	uint32_t carried = MARK_OUTSIDE;

	if (block->instruction_count == 0 || walk.code[walk.count - 1].opcode != OP_END)
		return refuse(verifier, REFUSAL_NO_END, "block %u", number);
	memset(walk.marks, 0xff, walk.count * sizeof *walk.marks);
	for (; walk.at < walk.count; walk.at++)
		if (!verify_instruction(&walk, &carried))
			return false;
	if (walk.match_count > program->matches_max)
		program->matches_max = walk.match_count;
	return true;
}

bool verify_code(struct verifier *verifier)
{
	struct program *program = verifier->program;
	const struct format_entries *header = program->entries_header;
	uint64_t next_instruction = 0;

	for (uint32_t i = 0; i < header->block_count; i++) {
		if (program->blocks[i].first_instruction != next_instruction ||
		    next_instruction + program->blocks[i].instruction_count > program->instruction_count)
			return refuse(verifier, REFUSAL_ENTRY, "block %u: instructions from %u", i,
				      program->blocks[i].first_instruction);
		next_instruction += program->blocks[i].instruction_count;
		if (!verify_block(verifier, i))
			return false;
	}
	if (next_instruction != program->instruction_count)
		return refuse(verifier, REFUSAL_ENTRY, "%u instructions, the blocks have %llu",
			      program->instruction_count, (unsigned long long)next_instruction);
	memset(program->event_block, 0xff, sizeof program->event_block);
	for (uint32_t i = 0; i < header->entry_count; i++) {
		const struct format_entry *entry = &program->entries[i];

		if (entry->zero != 0 || entry->block >= header->block_count ||
		    (i > 0 && entry->event <= program->entries[i - 1].event))
			return refuse(verifier, REFUSAL_ENTRY, "entry %u: event %u, block %u", i, entry->event,
				      entry->block);
		program->event_block[entry->event] = entry->block;
	}
	return true;
}
