/* Image configurations in JSON. */
#include "instrument/images/image_lookup.h"

#include "instrument/document/json_scan.h"
#include "instrument/document/node.h"
#include "instrument/document/report.h"

static bool read_words(struct arena *arena, const struct node *list, struct word_list *ret_words)
{
	struct word_list words = {0};

	if (node_is_absent(list)) {
		*ret_words = words;
		return true;
	}
	if (list->kind != NODE_ARRAY)
		return false;
	words.words = arena_allocate_array(arena, list->count + 1, sizeof *words.words);
	if (!words.words)
		return false;
	for (const struct node *word = list->first; word; word = word->next) {
		/* A NUL cannot be passed to a program. */
		if (word->kind != NODE_STRING || text_find_byte(word->text, '\0') != SIZE_MAX)
			return false;
		words.words[words.count] = arena_copy_text(arena, word->text);
		if (!words.words[words.count++].bytes)
			return false;
	}
	*ret_words = words;
	return true;
}

bool image_config_parse(struct arena *arena, struct text json, struct image_config *ret_config, struct text *ret_reason)
{
	struct report report = report_of(arena, json);
	const struct node *root = json_scan(json, arena, &report);

	if (root)
		return image_config_read(arena, root, ret_config, ret_reason);
	*ret_reason = TEXT("its configuration is no JSON");
	if (report.first_diagnostic)
		*ret_reason = arena_format(arena, "its configuration is no JSON: %u:%u: " TEXT_FORMAT,
					   report.first_diagnostic->line, report.first_diagnostic->column,
					   TEXT_ARGUMENTS(report.first_diagnostic->message));
	return false;
}

bool image_config_read(struct arena *arena, const struct node *root, struct image_config *ret_config,
		       struct text *ret_reason)
{
	struct image_config config = {.digest = TEXT_EMPTY};
	const struct node *entry_point, *command, *shell;

	if (root->kind == NODE_ARRAY && root->count == 1) /* docker inspect */
		root = root->first;
	if (node_member(root, "Config"))
		root = node_member(root, "Config");
	else if (node_member(root, "config"))
		root = node_member(root, "config");
	else if (!node_member(root, "entrypoint") && !node_member(root, "cmd") && !node_member(root, "rootfs")) {
		*ret_reason = TEXT("its configuration has neither \"config\" nor \"entrypoint\" and \"cmd\"");
		return false;
	}
	entry_point = node_member(root, "Entrypoint");
	command = node_member(root, "Cmd");
	if (!entry_point)
		entry_point = node_member(root, "entrypoint");
	if (!command)
		command = node_member(root, "cmd");
	shell = node_member(root, "Shell");
	if (!shell)
		shell = node_member(root, "shell");
	if (!read_words(arena, entry_point, &config.entry_point) || !read_words(arena, command, &config.command) ||
	    !read_words(arena, shell, &config.shell)) {
		*ret_reason = TEXT("the entry point, command or shell in its configuration is no list of strings");
		return false;
	}
	*ret_config = config;
	return true;
}
