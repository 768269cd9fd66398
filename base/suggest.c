#include "base/suggest.h"

static unsigned char fold(char byte)
{
	return (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

uint32_t edit_distance(struct text from, struct text to, uint32_t most)
{
	uint32_t rows[3][SUGGEST_LENGTH_MAX + 1];
	uint32_t *before = rows[0], *last = rows[1], *row = rows[2];

	if (from.length > SUGGEST_LENGTH_MAX || to.length > SUGGEST_LENGTH_MAX)
		return UINT32_MAX;
	for (uint32_t k = 0; k <= to.length; k++) {
		last[k] = k;
		before[k] = k;
	}
	for (size_t i = 1; i <= from.length; i++) {
		uint32_t least = row[0] = (uint32_t)i, *oldest = before;

		for (size_t k = 1; k <= to.length; k++) {
			unsigned char a = fold(from.bytes[i - 1]), b = fold(to.bytes[k - 1]);
			uint32_t edits = last[k - 1] + (a != b);

			if (last[k] + 1 < edits)
				edits = last[k] + 1;
			if (row[k - 1] + 1 < edits)
				edits = row[k - 1] + 1;
			if (i > 1 && k > 1 && a == fold(to.bytes[k - 2]) && b == fold(from.bytes[i - 2]) &&
			    before[k - 2] + 1 < edits)
				edits = before[k - 2] + 1;
			row[k] = edits;
			if (edits < least)
				least = edits;
		}
		if (least > most)
			return UINT32_MAX;
		before = last;
		last = row;
		row = oldest;
	}
	return last[to.length] <= most ? last[to.length] : UINT32_MAX;
}

/* How many edits a suggestion may be away from a word of that length. */
static uint32_t reach(size_t length)
{
	return length <= 3 ? 1 : length <= 8 ? 2 : 3;
}

struct suggestion suggestion_begin(struct text word)
{
	return (struct suggestion){.word = word, .distance = UINT32_MAX, .nearest = TEXT_EMPTY};
}

void suggestion_offer(struct suggestion *suggestion, struct text candidate)
{
	uint32_t distance = edit_distance(suggestion->word, candidate, reach(suggestion->word.length));

	if (distance < suggestion->distance) {
		suggestion->distance = distance;
		suggestion->nearest = candidate;
	}
}

bool suggestion_exists(const struct suggestion *suggestion)
{
	return suggestion->distance != UINT32_MAX;
}

const char *suggest_among(struct text word, const char *const *words)
{
	struct suggestion suggestion = suggestion_begin(word);

	for (; *words; words++)
		suggestion_offer(&suggestion, text_from_string(*words));
	/* The bytes are those of one of the words, with its NUL. */
	return suggestion_exists(&suggestion) ? suggestion.nearest.bytes : NULL;
}
