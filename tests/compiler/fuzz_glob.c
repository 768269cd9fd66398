/*
 * Fuzz target: a glob, and after the first NUL byte a text. The automata of the glob must say of the text what fnmatch(3)
 * says, with and without regard to case; taken as a path (pmatch) and as a substring, what obvious walks say.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compiler/patterns/build_dfa.h"
#include "compiler/patterns/glob_parse.h"

#define MEMORY_BYTES_MAX ((size_t)128 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What the pattern's automaton says; without one (too many states, no memory) what is expected. */
static bool accepts(struct arena *arena, const struct pattern *pattern, const char *text, bool expected)
{
	struct program_dfa dfa;
	int status = pattern ? build_dfa(arena, pattern, DFA_BYTES, &dfa) : -ENOMEM;

	require(status == 0 || status == -E2BIG || status == -ENOMEM);
	return status == 0 ? built_dfa_accepts(&dfa, text_from_string(text)) : expected;
}

/* The next component of a path, in place; NULL after the last. */
static char *next_component(char **rest)
{
	char *component = *rest + strspn(*rest, "/");

	*rest = component + strcspn(component, "/");
	if (*component == '\0')
		return NULL;
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return component;
}

static bool is_path_prefix(const char *pattern, const char *text)
{
	char *pattern_copy = strdup(pattern), *text_copy = strdup(text);
	char *pattern_rest = pattern_copy, *text_rest = text_copy;
	bool matches = true;
	const char *wanted;

	require(pattern_copy && text_copy);
	while (matches && (wanted = next_component(&pattern_rest)) != NULL) {
		const char *found = next_component(&text_rest);

		matches = found && (strpbrk(wanted, "?*[") ? fnmatch(wanted, found, 0) == 0 : strcmp(wanted, found) == 0);
	}
	free(pattern_copy);
	free(text_copy);
	return matches;
}

/*
 * "[=" that begins no "[=a=]" is an ordinary "[" to us. POSIX leaves it open, and fnmatch(3) of glibc has it both ways: ordinary
 * while it looks for the character, a reason to fail once it was found ("[a[=b]" matches "b" and "=", but not "a").
 */
static bool has_half_equivalence(const char *glob)
{
	for (const char *at = strstr(glob, "[="); at; at = strstr(at + 1, "[="))
		if (at[2] == '\0' || at[3] != '=' || at[4] != ']')
			return true;
	return false;
}

static void check(struct arena *arena, const char *glob, const char *text)
{
	struct text source = text_from_string(glob);
	bool expected;

	expected = strcasestr(text, glob) != NULL;
	require(accepts(arena, substring_pattern(arena, source), text, expected) == expected);
	if (has_half_equivalence(glob))
		return;
	expected = fnmatch(glob, text, 0) == 0;
	require(accepts(arena, glob_parse(arena, source, false), text, expected) == expected);
	expected = fnmatch(glob, text, FNM_CASEFOLD) == 0;
	require(accepts(arena, glob_parse(arena, source, true), text, expected) == expected);
	expected = is_path_prefix(glob, text);
	require(accepts(arena, path_prefix_pattern(arena, &source, 1), text, expected) == expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new(MEMORY_BYTES_MAX);
	struct text input = text_of((const char *)bytes, size);
	size_t end = text_find_byte(input, '\0');
	char *glob, *text;

	require(arena != NULL);
	glob = strndup(input.length ? input.bytes : "", end < size ? end : size);
	text = end < size ? strndup(input.bytes + end + 1, size - end - 1) : strdup("");
	require(glob && text);
	check(arena, glob, text);
	free(glob);
	free(text);
	arena_free(arena);
	return 0;
}
