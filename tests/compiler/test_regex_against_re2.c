/*
 * Generated regular expressions: errors and verdicts are those of RE2. An argument gives the number of pairs of pattern
 * and text, a second one the seed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "compiler/patterns/build_dfa.h"
#include "compiler/patterns/regex_parse.h"
#include "tests/compiler/re2_oracle.h"
#include "tests/support/random.h"

#define TEXTS_PER_PATTERN 16

static const char *const literals[] = {"a", "b", "c", "-", "/", ".", "\\.", "x", "\n", "\\n", "_", "\\x41", "\\x{e9}", "\\101",
				       "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\xa6", "\xef\xbf\xbd", "\\*", " ", "0",
				       "\\x{fffd}", "\\x{10ffff}", "{", "}", "\\\\"};
static const char *const wrong[] = {"\\d", "\\", "(", ")", "[", "]", "*", "+?", "{2}", "{2,1}", "{1001}", "\\x", "\\x{110000}",
				    "\\8", "\\1", "(?i)", "[z-a]", "[a-b-c]", "[[:foo:]]", "\xff", "\\x{", "[", "a{,2}", "\\Q",
				    "[\\d]", "[^", "{0}", "x{1000}{2}", "\\pL", "{01}", "\xc3", "\\_", "\\a",
				    "\\ ", "\\\t", "\\\x01", "\\\x7f", "\\\xc3\xa9", "a{1,2", "a{,}", "a{2}{3}{4}{50}"};
static const char *const elements[] = {"a", "b-d", "0-9", "[:alpha:]", "[:^digit:]", "[:space:]", "\\n", "\\x{80}-\\x{7ff}",
				       "\xc3\xa0-\xc3\xb6", "[", ".", "*", "x-z", "\\]", "\\x{d7ff}-\\x{e000}", "[:punct:]",
				       "\\x00-\\x{10ffff}", "\xe2\x82\xac", "\\-", "[:word:]", "^", "/"};

#define PICK(random, table) table[random_below(random, sizeof(table) / sizeof(table[0]))]

static void generate(struct random_source *random, unsigned depth, struct buffer *out)
{
	switch (random_below(random, depth > 3 ? 8 : 14)) {
	case 0:
		buffer_append_string(out, ".");
		break;
	case 1: {
		unsigned count = 1 + random_below(random, 3);

		buffer_append_string(out, random_below(random, 3) == 0 ? "[^" : "[");
		if (random_below(random, 6) == 0)
			buffer_append_string(out, random_below(random, 2) ? "]" : "-");
		for (unsigned i = 0; i < count; i++)
			buffer_append_string(out, PICK(random, elements));
		buffer_append_string(out, "]");
		break;
	}
	case 2:
		buffer_append_string(out, random_below(random, 2) ? "^" : "$");
		break;
	case 8:
	case 9: {
		unsigned count = 1 + random_below(random, 4);

		for (unsigned i = 0; i < count; i++)
			generate(random, depth + 1, out);
		break;
	}
	case 10: {
		unsigned count = 1 + random_below(random, 3);

		buffer_append_string(out, "(");
		for (unsigned i = 0; i < count; i++) {
			if (i > 0)
				buffer_append_string(out, "|");
			if (random_below(random, 6) != 0)
				generate(random, depth + 1, out);
		}
		buffer_append_string(out, ")");
		break;
	}
	case 11:
	case 12: {
		static const char *const operators[] = {"*", "+", "?", "{2}", "{0,2}", "{1,}", "{0}", "{3,5}", "**", "*?", "+*"};

		buffer_append_string(out, "(");
		generate(random, depth + 1, out);
		buffer_append_string(out, ")");
		buffer_append_string(out, PICK(random, operators));
		break;
	}
	case 13:
		if (random_below(random, 4) == 0) {
			buffer_append_string(out, PICK(random, wrong));
			break;
		}
		buffer_append_string(out, "a");
		buffer_append_string(out, random_below(random, 2) ? "*" : "+");
		break;
	default:
		buffer_append_string(out, PICK(random, literals));
		break;
	}
}

static void append_code_point(struct buffer *out, uint32_t c)
{
	if (c < 0x80) {
		buffer_append_byte(out, (uint8_t)c);
	} else if (c < 0x800) {
		buffer_append_byte(out, (uint8_t)(0xc0 | c >> 6));
		buffer_append_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buffer_append_byte(out, (uint8_t)(0xe0 | c >> 12));
		buffer_append_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		buffer_append_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
	} else {
		buffer_append_byte(out, (uint8_t)(0xf0 | c >> 18));
		buffer_append_byte(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
		buffer_append_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		buffer_append_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
	}
}

/* A text that the pattern matches, but for what it says of lines. */
static void sample(struct random_source *random, const struct pattern *pattern, struct buffer *out)
{
	if (out->length > 400)
		return;
	switch (pattern->kind) {
	case PATTERN_SYMBOLS:
		if (pattern->range_count > 0) {
			const struct symbol_range *range = &pattern->ranges[random_below(random, pattern->range_count)];
			uint32_t span = range->high - range->low;

			if (random_below(random, 3) == 0)
				span = span > 3 ? 3 : span;
			append_code_point(out, random_below(random, 8) == 0 ? range->high
									    : range->low + random_below(random, span + 1));
		}
		break;
	case PATTERN_SEQUENCE:
		for (uint32_t i = 0; i < pattern->child_count; i++)
			sample(random, pattern->children[i], out);
		break;
	case PATTERN_CHOICE:
		sample(random, pattern->children[random_below(random, pattern->child_count)], out);
		break;
	case PATTERN_REPEAT: {
		uint32_t most = pattern->repeat_max == REPEAT_UNBOUNDED ? pattern->repeat_min + 3 : pattern->repeat_max;
		uint32_t count = pattern->repeat_min + random_below(random, most - pattern->repeat_min + 1);

		for (uint32_t i = 0; i < count && out->length <= 400; i++)
			sample(random, pattern->children[0], out);
		break;
	}
	default:
		break;
	}
}

static void spoil(struct random_source *random, struct buffer *text)
{
	static const char *const bytes[] = {"\x80", "\xff", "\xc0", "\xe2\x82", "\xed\xa0\x80", "\xf0\x9f", "\xf4\x90\x80\x80", "a",
					    "\n", "\xe0\x80", "\xef\xbf\xbd", "\xc3", "/"};
	struct buffer copy = BUFFER_INIT;
	size_t at = random_below(random, (uint32_t)text->length + 1);

	buffer_append(&copy, text->bytes, at);
	buffer_append_string(&copy, PICK(random, bytes));
	if (random_below(random, 2) && at < text->length)
		at++;
	buffer_append(&copy, text->bytes + at, text->length - at);
	buffer_release(text);
	*text = copy;
}

/* How many bytes of a well-formed character, or of a maximal ill-formed part, begin here (Unicode 15, table 3-7). */
static size_t take(const uint8_t *bytes, size_t length, bool *ret_is_well_formed)
{
	uint8_t lead = bytes[0], least = 0x80, most = 0xbf;
	size_t more = lead < 0x80 ? 0 : lead < 0xc2 ? SIZE_MAX : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : SIZE_MAX;

	*ret_is_well_formed = false;
	if (more == SIZE_MAX)
		return 1;
	if (lead == 0xe0)
		least = 0xa0;
	if (lead == 0xed)
		most = 0x9f;
	if (lead == 0xf0)
		least = 0x90;
	if (lead == 0xf4)
		most = 0x8f;
	for (size_t i = 1; i <= more; i++) {
		if (i >= length || bytes[i] < least || bytes[i] > most)
			return i;
		least = 0x80;
		most = 0xbf;
	}
	*ret_is_well_formed = true;
	return more + 1;
}

static void make_valid(const struct buffer *text, struct buffer *out)
{
	for (size_t at = 0; at < text->length;) {
		bool is_well_formed;
		size_t length = take(text->bytes + at, text->length - at, &is_well_formed);

		if (is_well_formed)
			buffer_append(out, text->bytes + at, length);
		else
			buffer_append_string(out, "\xef\xbf\xbd");
		at += length;
	}
}

struct tally {
	unsigned long pairs, matches, errors, too_large;
	unsigned failures;
};

static void print_escaped(const char *label, const void *bytes, size_t length)
{
	printf("#   %s: ", label);
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = ((const uint8_t *)bytes)[i];

		if (byte < ' ' || byte > '~' || byte == '\\')
			printf("\\x%02x", byte);
		else
			putchar(byte);
	}
	putchar('\n');
}

static void check_texts(struct random_source *random, struct text source, const struct pattern *pattern,
			const struct program_dfa *dfa, const struct re2_oracle *oracle, struct tally *tally)
{
	for (unsigned i = 0; i < TEXTS_PER_PATTERN; i++) {
		struct buffer text = BUFFER_INIT, valid = BUFFER_INIT;
		bool expected, found;

		sample(random, pattern, &text);
		for (unsigned spoils = random_below(random, 4); spoils > 1; spoils--)
			spoil(random, &text);
		make_valid(&text, &valid);
		expected = re2_oracle_matches(oracle, (const char *)valid.bytes, valid.length);
		found = built_dfa_accepts(dfa, buffer_text(&text));
		tally->pairs++;
		tally->matches += expected;
		if (expected != found) {
			tally->failures++;
			printf("# RE2 says %s\n", expected ? "match" : "no match");
			print_escaped("pattern", source.bytes, source.length);
			print_escaped("text", text.bytes, text.length);
		}
		buffer_release(&text);
		buffer_release(&valid);
	}
}

static void check_pattern(struct random_source *random, struct text source, struct tally *tally)
{
	struct arena *arena = arena_new(0);
	struct re2_oracle *oracle = re2_oracle_new(source.bytes, source.length);
	struct text error = TEXT_EMPTY;
	struct pattern *pattern;
	struct program_dfa dfa;
	int status = regex_parse(arena, source, &pattern, &error);

	if (status != 0 || re2_oracle_error(oracle)[0] != '\0') {
		tally->pairs++;
		tally->errors++;
		if (!text_is(error, re2_oracle_error(oracle))) {
			tally->failures++;
			print_escaped("pattern", source.bytes, source.length);
			print_escaped("RE2's error", re2_oracle_error(oracle), strlen(re2_oracle_error(oracle)));
			print_escaped("our error", error.bytes, error.length);
		}
	} else {
		status = build_dfa(arena, pattern, DFA_CODE_POINTS, &dfa);
		if (status == -E2BIG)
			tally->too_large++;
		else if (status != 0)
			tally->failures++;
		else
			check_texts(random, source, pattern, &dfa, oracle, tally);
	}
	re2_oracle_free(oracle);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
	struct random_source random = {.state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1};
	struct tally tally = {0};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		check_pattern(&random, text_from_string(wrong[i]), &tally);
	while (tally.pairs < wanted && tally.failures < 10) {
		struct buffer source = BUFFER_INIT;

		generate(&random, 0, &source);
		if (random_below(&random, 3) == 0)
			generate(&random, 2, &source);
		check_pattern(&random, text_of((const char *)source.bytes, source.length), &tally);
		buffer_release(&source);
	}
	printf("# %lu pairs (%lu matches, %lu erroneous patterns), %lu patterns too large for a DFA\n", tally.pairs, tally.matches,
	       tally.errors, tally.too_large);
	printf("1..1\n%s 1 - verdicts and errors of RE2\n", tally.failures == 0 ? "ok" : "not ok");
	return tally.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
