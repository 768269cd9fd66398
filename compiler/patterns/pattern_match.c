#include "compiler/patterns/pattern_match.h"

#include <errno.h>

#include "base/utf8.h"

struct match {
	struct arena *scratch;
	const uint32_t *symbols;
	size_t count;
	bool has_no_memory;
};

/* Sets of places between symbols: a byte (0 or 1) per place, count + 1 of them. */
static uint8_t *new_set(struct match *match)
{
	uint8_t *set = arena_allocate(match->scratch, match->count + 1);

	match->has_no_memory |= !set;
	return set;
}

static bool holds_at(const struct match *match, const struct pattern *pattern, size_t place)
{
	if (pattern->kind == PATTERN_LINE_START)
		return place == 0 || match->symbols[place - 1] == '\n';
	return place == match->count || match->symbols[place] == '\n';
}

static bool has_symbol(const struct pattern *pattern, uint32_t symbol)
{
	for (uint32_t i = 0; i < pattern->range_count; i++)
		if (symbol >= pattern->ranges[i].low && symbol <= pattern->ranges[i].high)
			return true;
	return false;
}

static const uint8_t *ends_of(struct match *match, const struct pattern *pattern, const uint8_t *starts);

/* The union of what 0, 1, 2 … more repetitions reach, until nothing new comes or the greatest number is reached. */
static const uint8_t *ends_of_repeat(struct match *match, const struct pattern *pattern, const uint8_t *starts)
{
	uint8_t *ends = new_set(match);
	uint32_t done = 0;

	for (; done < pattern->repeat_min && !match->has_no_memory; done++)
		starts = ends_of(match, pattern->children[0], starts);
	while (!match->has_no_memory) {
		bool is_new = false;

		for (size_t i = 0; i <= match->count; i++) {
			is_new |= starts[i] && !ends[i];
			ends[i] |= starts[i];
		}
		if (!is_new || done++ == pattern->repeat_max)
			break;
		starts = ends_of(match, pattern->children[0], starts);
	}
	return ends;
}

/* Where a match that begins at one of the starts may end. */
static const uint8_t *ends_of(struct match *match, const struct pattern *pattern, const uint8_t *starts)
{
	uint8_t *ends = new_set(match);

	if (match->has_no_memory)
		return starts;
	switch (pattern->kind) {
	case PATTERN_EMPTY:
		return starts;
	case PATTERN_SYMBOLS:
		for (size_t i = 0; i < match->count; i++)
			ends[i + 1] = starts[i] && has_symbol(pattern, match->symbols[i]);
		return ends;
	case PATTERN_LINE_START:
	case PATTERN_LINE_END:
		for (size_t i = 0; i <= match->count; i++)
			ends[i] = starts[i] && holds_at(match, pattern, i);
		return ends;
	case PATTERN_SEQUENCE:
		for (uint32_t i = 0; i < pattern->child_count && !match->has_no_memory; i++)
			starts = ends_of(match, pattern->children[i], starts);
		return starts;
	case PATTERN_CHOICE:
		for (uint32_t i = 0; i < pattern->child_count && !match->has_no_memory; i++) {
			const uint8_t *branch = ends_of(match, pattern->children[i], starts);

			for (size_t j = 0; j <= match->count; j++)
				ends[j] |= branch[j];
		}
		return ends;
	case PATTERN_REPEAT:
		return ends_of_repeat(match, pattern, starts);
	}
	return ends;
}

/* One symbol per character or maximal ill-formed part. */
static uint32_t *decode(struct arena *scratch, struct text value, size_t *ret_count)
{
	uint32_t *symbols = arena_allocate_array(scratch, value.length + 1, sizeof *symbols);
	size_t count = 0;

	for (size_t at = 0; symbols && at < value.length;) {
		const uint8_t *bytes = (const uint8_t *)value.bytes + at;
		int length = utf8_sequence(bytes, value.length - at);

		if (length < 0)
			symbols[count++] = 0xfffd;
		else if (length == 1)
			symbols[count++] = bytes[0];
		else if (length == 2)
			symbols[count++] = (bytes[0] & 0x1fu) << 6 | (bytes[1] & 0x3fu);
		else if (length == 3)
			symbols[count++] = (bytes[0] & 0xfu) << 12 | (bytes[1] & 0x3fu) << 6 | (bytes[2] & 0x3fu);
		else
			symbols[count++] = (bytes[0] & 7u) << 18 | (bytes[1] & 0x3fu) << 12 | (bytes[2] & 0x3fu) << 6 |
					   (bytes[3] & 0x3fu);
		at += (size_t)(length < 0 ? -length : length);
	}
	*ret_count = count;
	return symbols;
}

int pattern_match(struct arena *scratch, const struct pattern *pattern, struct text value, bool *ret_matches)
{
	struct match match = {.scratch = scratch};
	const uint8_t *ends;
	uint8_t *start;

	match.symbols = decode(scratch, value, &match.count);
	start = new_set(&match);
	if (!match.symbols || !start)
		return -ENOMEM;
	start[0] = 1;
	ends = ends_of(&match, pattern, start);
	if (match.has_no_memory)
		return -ENOMEM;
	*ret_matches = ends[match.count] != 0;
	return 0;
}
