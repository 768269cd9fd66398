/*
 * Fuzz target: a regular expression, and after the first NUL byte a text. The expression must be read or refused with a
 * reason, and its automaton must say of the text what the slow walk over the tree says. Where libre2 is there, errors and
 * verdicts must be those of RE2 itself, too.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "compiler/patterns/build_dfa.h"
#include "compiler/patterns/pattern_match.h"
#include "compiler/patterns/regex_parse.h"
#ifdef HAVE_RE2
#include "tests/compiler/re2_oracle.h"
#endif

#define MEMORY_BYTES_MAX ((size_t)128 << 20)
#define SLOW_MATCH_BYTES_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void compare_with_tree(const struct pattern *pattern, struct text text, bool accepts)
{
	struct arena *scratch = arena_new(SLOW_MATCH_BYTES_MAX);
	bool matches;
	int status;

	require(scratch != NULL);
	status = pattern_match(scratch, pattern, text, &matches);
	require(status == 0 || status == -ENOMEM);
	require(status != 0 || matches == accepts);
	arena_free(scratch);
}

#ifdef HAVE_RE2
/* RE2 reads valid UTF-8 only; to rules each maximal ill-formed part is one U+FFFD. */
static void make_valid(struct text text, struct buffer *out)
{
	for (size_t at = 0; at < text.length;) {
		int length = utf8_sequence((const uint8_t *)text.bytes + at, text.length - at);

		if (length > 0)
			buffer_append(out, text.bytes + at, (size_t)length);
		else
			buffer_append_string(out, "\xef\xbf\xbd");
		at += (size_t)(length < 0 ? -length : length);
	}
	require(!out->failed);
}

static bool is_too_large(const struct re2_oracle *oracle)
{
	return text_is(TEXT("pattern too large - compile failed"), re2_oracle_error(oracle));
}

static void compare_error(struct text source, struct text error)
{
	struct re2_oracle *oracle = re2_oracle_new(source.bytes, source.length);

	require(is_too_large(oracle) || text_is(error, re2_oracle_error(oracle)));
	re2_oracle_free(oracle);
}

static void compare_with_re2(struct text source, struct text text, bool accepts)
{
	struct re2_oracle *oracle = re2_oracle_new(source.bytes, source.length);
	struct buffer valid = BUFFER_INIT;

	if (!is_too_large(oracle)) {
		make_valid(text, &valid);
		require(re2_oracle_matches(oracle, (const char *)valid.bytes, valid.length) == accepts);
	}
	buffer_release(&valid);
	re2_oracle_free(oracle);
}
#else
static void compare_error(struct text source, struct text error)
{
	(void)source;
	(void)error;
}

static void compare_with_re2(struct text source, struct text text, bool accepts)
{
	(void)source;
	(void)text;
	(void)accepts;
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text input = text_of((const char *)bytes, size), source, text;
	size_t end = text_find_byte(input, '\0');
	struct arena *arena = arena_new(MEMORY_BYTES_MAX);
	struct text error = TEXT_EMPTY;
	struct pattern *pattern;
	struct program_dfa dfa;
	int status;

	require(arena != NULL);
	source = text_slice(input, 0, end);
	text = end == SIZE_MAX ? TEXT_EMPTY : text_slice(input, end + 1, SIZE_MAX);
	status = regex_parse(arena, source, &pattern, &error);
	require(status == 0 || status == -EINVAL || status == -ENOMEM);
	require((status == -EINVAL) == (error.length > 0));
	if (status != -ENOMEM)
		compare_error(source, error);
	if (status == 0) {
		status = build_dfa(arena, pattern, DFA_CODE_POINTS, &dfa);
		require(status == 0 || status == -E2BIG || status == -ENOMEM);
		if (status == 0) {
			bool accepts = built_dfa_accepts(&dfa, text);

			compare_with_tree(pattern, text, accepts);
			compare_with_re2(source, text, accepts);
		}
	}
	arena_free(arena);
	return 0;
}
