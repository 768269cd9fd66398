/* Every byte of a YAML scalar's value stands where it is said to stand in the file. */
#include "compiler/load/scalar_text.h"
#include "tests/support/check_main.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file_io.h"
#include "compiler/diagnostics/diagnostic.h"

struct fixture {
	struct arena *arena;
	struct diagnostics diagnostics;
	const struct source_file *file;
	struct yaml_documents documents;
};

static void load(struct fixture *fixture, struct text text)
{
	fixture->arena = arena_new(0);
	ck_assert_ptr_nonnull(fixture->arena);
	ck_assert_int_eq(diagnostics_init(&fixture->diagnostics, fixture->arena), 0);
	ck_assert_int_eq(source_file_new(fixture->arena, TEXT("test"), text, &fixture->file), 0);
	ck_assert_int_eq(
	    yaml_documents_parse(fixture->arena, fixture->file, &fixture->diagnostics, &fixture->documents), 0);
}

static void release(struct fixture *fixture)
{
	diagnostics_release(&fixture->diagnostics);
	arena_free(fixture->arena);
}

/* The offset in the file of byte `at` of the value. */
static uint32_t place_of(const struct mapped_text *text, uint32_t at)
{
	return mapped_text_range((struct span){text, at, at + 1}).start;
}

/* `yaml` is a mapping with one key; in it, « stands before the place where the byte of the value at `at` comes from. */
static const struct {
	const char *yaml, *value;
	uint32_t at;
} rows[] = {
    {"k: ab«c", "abc", 2},
    {"k:   a «b", "a b", 2},
    {"k: ab\n  «cd", "ab cd", 3},
    {"k: ab«\n  cd", "ab cd", 2},
    {"k: ab   \n\n\n  «cd", "ab\n\ncd", 4},
    {"k: ab«   \n\n\n  cd", "ab\n\ncd", 2},
    {"k: ab\r\n  «cd", "ab cd", 3},
    {"k: 'ab«c'", "abc", 2},
    {"k: 'it''«s'", "it's", 3},
    {"k: 'it«''s'", "it's", 2},
    {"k: 'ab\n\n   «cd'", "ab\ncd", 3},
    {"k: ' «ab '", " ab ", 1},
    {"k: \"a«b\"", "ab", 1},
    {"k: \"a\\t«b\"", "a\tb", 2},
    {"k: \"\\x41\\u00e9«b\"",
     "A\xc3\xa9"
     "b",
     3},
    {"k: \"\\x41«\\u00e9b\"",
     "A\xc3\xa9"
     "b",
     2},
    {"k: \"\\U0001F600«b\"",
     "\xf0\x9f\x98\x80"
     "b",
     4},
    {"k: \"ab\\\n    «cd\"", "abcd", 2},
    {"k: \"ab \\\n    «cd\"", "ab cd", 3},
    {"k: \"ab\\\n    \\ «cd\"", "ab cd", 3},
    {"k: \"ab\n    «cd\"", "ab cd", 3},
    {"k: \"ab\\\n\n    «cd\"", "ab\ncd", 3},
    {"k: \"\\\"«q\\\\\"", "\"q\\", 1},
    {"k: |\n  ab\n  «cd\n", "ab\ncd\n", 3},
    {"k: |-\n  ab\n   «cd", "ab\n cd", 4},
    {"k: |-\n\n\n  «ab", "\n\nab", 2},
    {"k: |2-\n   «ab", " ab", 1},
    {"k: |+\n  ab«\n\n\n", "ab\n\n\n", 4},
    {"k: >\n  ab\n  «cd\n", "ab cd\n", 3},
    {"k: >\n  ab«\n  cd\n", "ab cd\n", 2},
    {"k: >\n  ab\n\n  «cd\n", "ab\ncd\n", 3},
    {"k: >\n  ab\n    «cd\n  ef\n", "ab\n  cd\nef\n", 5},
    {"k: >\n  ab\n    cd\n  «ef\n", "ab\n  cd\nef\n", 8},
    {"k: > # comment\n  a «b", "a b", 2},
    {"k: >-\r\n  ab\r\n  «cd\r\n", "ab cd", 3},
    {"k: >1-\n  ab\n «cd", " ab\ncd", 4},
    {"k: |\n    a«b\n  \n    cd\n", "ab\n\ncd\n", 1},
    {"k: |\n    ab\n  \n    c«d\n", "ab\n\ncd\n", 5},
    {"\xc3\xa9: \xc3\xa9 «\xe6\x97\xa5", "\xc3\xa9 \xe6\x97\xa5", 3},
    {"k: !!str &x a«b", "ab", 1},
    {"k: &x \"a«b\"", "ab", 1},
    {"{k: a «b}", "a b", 2},
    {"[k: a «b]", "a b", 2},
};

START_TEST(places)
{
	static const char mark[] = "\xc2\xab";
	const char *yaml = rows[_i].yaml, *at = strstr(yaml, mark);
	struct buffer clean = BUFFER_INIT;
	const struct document_node *node;
	const struct mapped_text *text;
	struct fixture fixture;

	ck_assert_ptr_nonnull(at);
	buffer_append(&clean, yaml, (size_t)(at - yaml));
	buffer_append_string(&clean, at + strlen(mark));
	load(&fixture, buffer_text(&clean));
	node = fixture.documents.roots[0];
	if (node->kind == NODE_SEQUENCE)
		node = node->items[0];
	ck_assert_int_eq(node->kind, NODE_MAPPING);
	text = scalar_text(fixture.arena, node->values[0]);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(text->text.length, strlen(rows[_i].value));
	ck_assert_int_eq(memcmp(text->text.bytes, rows[_i].value, text->text.length), 0);
	ck_assert_msg(place_of(text, rows[_i].at) == (uint32_t)(at - yaml), "%s: byte %u is at %u, expected %u", yaml,
		      rows[_i].at, place_of(text, rows[_i].at), (unsigned)(at - yaml));
	buffer_release(&clean);
	release(&fixture);
}
END_TEST

/* Runs are what they stand for; and the value was found again, so that there is more than one place for it. */
static void check_scalar(struct arena *arena, const struct document_node *node, unsigned *unmapped)
{
	const struct mapped_text *text = scalar_text(arena, node);

	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(text->text.length, node->value.length);
	for (uint32_t i = 0; i < text->piece_count; i++) {
		const struct mapped_piece *piece = &text->pieces[i];
		uint32_t end = i + 1 < text->piece_count ? text->pieces[i + 1].start : (uint32_t)text->text.length;

		ck_assert_uint_lt(piece->start, end);
		ck_assert_uint_le(piece->range.end, piece->range.file->bytes.length);
		if (piece->kind == PIECE_RUN)
			ck_assert_int_eq(memcmp(text->text.bytes + piece->start,
						piece->range.file->bytes.bytes + piece->range.start,
						end - piece->start),
					 0);
	}
	*unmapped += text->piece_count == 1 && text->pieces[0].kind != PIECE_RUN && text->text.length > 1;
}

static unsigned check_tree(struct arena *arena, const struct document_node *node, unsigned *unmapped)
{
	unsigned count = 0;

	if (node->kind == NODE_SCALAR) {
		check_scalar(arena, node, unmapped);
		return 1;
	}
	for (uint32_t i = 0; i < node->count; i++) {
		count += check_tree(arena, node->items[i], unmapped);
		if (node->kind == NODE_MAPPING)
			count += check_tree(arena, node->values[i], unmapped);
	}
	return count;
}

START_TEST(all_scalars_of_the_published_rules)
{
	const char *folder = getenv("TERCEL_UPSTREAM_RULES");
	DIR *directory = folder ? opendir(folder) : NULL;
	struct dirent *entry;
	unsigned scalars = 0, unmapped = 0;

	/* tests/compiler/check_upstream_rules.py says that they are absent. */
	while (directory && (entry = readdir(directory))) {
		struct buffer bytes = BUFFER_INIT;
		struct fixture fixture;
		char path[4096];

		if (!strstr(entry->d_name, ".yaml"))
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		ck_assert_int_eq(file_read(path, SIZE_MAX, &bytes), 0);
		load(&fixture, buffer_text(&bytes));
		for (uint32_t i = 0; i < fixture.documents.count; i++)
			scalars += check_tree(fixture.arena, fixture.documents.roots[i], &unmapped);
		buffer_release(&bytes);
		release(&fixture);
	}
	if (directory) {
		closedir(directory);
		ck_assert_uint_gt(scalars, 1000);
	}
	ck_assert_uint_eq(unmapped, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("scalar_text");
	TCase *tcase = tcase_create("scalar_text");

	tcase_add_loop_test(tcase, places, 0, sizeof rows / sizeof rows[0]);
	tcase_add_test(tcase, all_scalars_of_the_published_rules);
	suite_add_tcase(suite, tcase);
	return suite;
}

CHECK_MAIN(suite)
