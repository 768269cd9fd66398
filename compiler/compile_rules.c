#include "compiler/compile_rules.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "compiler/compile_one_rule.h"
#include "compiler/load/expand_lists.h"
#include "compiler/load/load_rules.h"
#include "compiler/check/resolve_names.h"
#include "compiler/load/rule_collection.h"
#include "compiler/load/select_rules.h"

static size_t memory_limit(const struct compile_options *options)
{
	return options->memory_bytes_max ? options->memory_bytes_max : COMPILATION_BYTES_MAX;
}

struct compilation *compilation_new(const struct compile_options *options)
{
	struct compilation *compilation = calloc(1, sizeof *compilation);

	if (!compilation)
		return NULL;
	compilation->options = *options;
	compilation->arena = arena_new(memory_limit(options));
	if (!compilation->arena || diagnostics_init(&compilation->diagnostics, compilation->arena))
		return compilation_free(compilation);
	compilation->collection = rule_collection_new(compilation->arena, &compilation->diagnostics);
	return compilation->collection ? compilation : compilation_free(compilation);
}

struct compilation *compilation_free(struct compilation *compilation)
{
	if (!compilation)
		return NULL;
	rule_collection_free(compilation->collection);
	diagnostics_release(&compilation->diagnostics);
	arena_free(compilation->arena);
	free(compilation);
	return NULL;
}

static struct file_load *begin_load(struct compilation *compilation, const struct source_file *file)
{
	struct file_load *loads =
	    arena_allocate_array(compilation->arena, (size_t)compilation->load_count + 1, sizeof *loads);
	struct file_load *load;

	if (!loads)
		return NULL;
	if (compilation->load_count)
		memcpy(loads, compilation->loads, compilation->load_count * sizeof *loads);
	compilation->loads = loads;
	load = &loads[compilation->load_count];
	*load = (struct file_load){.file = file, .first_diagnostic = compilation->diagnostics.count};
	diagnostics_begin_load(&compilation->diagnostics, compilation->load_count++);
	return load;
}

static void warn_unused(struct rule_collection *collection)
{
	for (uint32_t i = 0; i < collection->macro_count; i++) {
		const struct collected_macro *macro = collection->macros[i];

		collection->diagnostics->context = macro->context;
		if (!macro->is_used)
			diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_UNUSED_MACRO, macro->name_range,
					   "Macro not referred to by any other rule/macro");
	}
	for (uint32_t i = 0; i < collection->list_count; i++) {
		const struct collected_list *list = collection->lists[i];

		collection->diagnostics->context = list->context;
		if (!list->is_used)
			diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_UNUSED_LIST, list->name_range,
					   "List not referred to by any other rule/macro");
	}
	collection->diagnostics->context = NULL;
}

/* Everything collected so far. */
static int compile_all(struct rule_collection *collection)
{
	int status = lists_expand(collection);

	if (status == 0)
		status = macros_compile(collection);
	for (uint32_t i = 0; i < collection->rule_count && status == 0; i++)
		status = compile_one_rule(collection, collection->rules[i]);
	if (status == 0)
		warn_unused(collection);
	return status;
}

/* Enough for one diagnostic, with a longer array of diagnostics. */
#define MEMORY_TO_TELL_BYTES ((size_t)32 << 20)

int compilation_tell_memory_limit(struct compilation *compilation, int status)
{
	const struct load_context *context = compilation->diagnostics.context;
	struct source_range place;
	struct diagnostic *diagnostic;

	if (status != -ENOMEM || !arena_hit_limit(compilation->arena) || compilation->hit_memory_limit ||
	    compilation->load_count == 0)
		return status;
	compilation->hit_memory_limit = true;
	arena_raise_limit(compilation->arena, MEMORY_TO_TELL_BYTES);
	compilation->diagnostics.failed = false;
	place = (struct source_range){compilation->loads[compilation->load_count - 1].file, 0, 1};
	if (context)
		place = (struct source_range){context->range.file, context->range.start, context->range.start + 1};
	diagnostic = diagnostics_add_at(&compilation->diagnostics, DIAGNOSTIC_MEMORY_LIMIT, place,
					"the rules need more than %zu MiB of memory; this is where the rest was used up",
					memory_limit(&compilation->options) >> 20);
	diagnostic_set_hint(&compilation->diagnostics, diagnostic,
			    "lists and macros that many rules use are copied into each of them: make them smaller");
	compilation->diagnostics.context = NULL;
	compilation_count_diagnostics(compilation);
	return compilation->diagnostics.failed ? -ENOMEM : 0;
}

static int load_file(struct compilation *compilation, const struct source_file *file)
{
	struct file_load *load = begin_load(compilation, file);
	int status = load ? load_rules(compilation->collection, file) : -ENOMEM;

	if (load)
		load->first_compiled = compilation->diagnostics.count;
	/* Text that is no YAML says nothing, and what was there before was compiled before. */
	if (status == 0)
		status = compile_all(compilation->collection);
	if (status == -EINVAL)
		status = 0;
	if (compilation->diagnostics.failed)
		status = -ENOMEM;
	if (load) {
		status = compilation_tell_memory_limit(compilation, status);
		load->end_diagnostic = compilation->diagnostics.count;
		load->has_errors = compilation->diagnostics.has_error;
	}
	return status;
}

int compilation_add_text(struct compilation *compilation, struct text name, struct text bytes)
{
	const struct source_file *file;
	int status = source_file_new(compilation->arena, name, bytes, &file);

	return status ? status : load_file(compilation, file);
}

static bool is_rule_file(const char *name)
{
	struct text text = text_from_string(name);

	return text_ends_with(text, TEXT(".yaml")) || text_ends_with(text, TEXT(".yml"));
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_regular(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* The regular rule files of a directory, not of those below it, in bytewise order. The strings live in the arena. */
static int list_directory(struct arena *arena, const char *path, char ***ret_paths, size_t *ret_count)
{
	DIR *directory = opendir(path);
	struct buffer paths = BUFFER_INIT;
	struct text slash = text_ends_with(text_from_string(path), TEXT("/")) ? TEXT_EMPTY : TEXT("/");
	size_t count = 0;
	int status = 0;

	if (!directory)
		return -errno;
	for (;;) {
		struct dirent *entry;
		struct text full;
		char *copy;

		errno = 0;
		entry = readdir(directory);
		if (!entry) {
			status = -errno;
			break;
		}
		if (!is_rule_file(entry->d_name))
			continue;
		full = arena_format(arena, "%s" TEXT_FORMAT "%s", path, TEXT_ARGUMENTS(slash), entry->d_name);
		copy = full.bytes ? arena_copy_string(arena, full) : NULL;
		if (!copy) {
			status = -ENOMEM;
			break;
		}
		if (!is_regular(copy))
			continue;
		buffer_append(&paths, &copy, sizeof copy);
		count++;
	}
	closedir(directory);
	*ret_paths = status == 0 ? arena_allocate_array(arena, count + 1, sizeof(char *)) : NULL;
	if (status == 0 && (!*ret_paths || paths.failed))
		status = -ENOMEM;
	if (status == 0 && count) {
		memcpy(*ret_paths, paths.bytes, count * sizeof(char *));
		qsort(*ret_paths, count, sizeof(char *), compare_strings);
	}
	buffer_release(&paths);
	*ret_count = count;
	return status;
}

static int add_file(struct compilation *compilation, const char *path)
{
	const struct source_file *file;
	int status = source_file_load(compilation->arena, path, &file);

	return status ? status : load_file(compilation, file);
}

int compilation_add_path(struct compilation *compilation, const char *path)
{
	struct stat info;
	char **paths = NULL;
	size_t count = 0;
	int status;

	if (compilation->hit_memory_limit)
		return 0;
	if (strcmp(path, "-") == 0)
		return add_file(compilation, path);
	if (stat(path, &info) != 0)
		return -errno;
	if (!S_ISDIR(info.st_mode))
		return add_file(compilation, path);
	status = list_directory(compilation->arena, path, &paths, &count);
	for (size_t i = 0; i < count && status == 0 && !compilation->hit_memory_limit; i++)
		status = add_file(compilation, paths[i]);
	return status;
}

/* The name as a text with its place: the rest of the compiler knows places only in texts. */
static int name_span(struct arena *arena, const struct collected_rule *collected, struct span *ret_span)
{
	struct mapped_text_builder builder;
	const struct mapped_text *text;

	mapped_text_begin(&builder, arena);
	mapped_text_add(&builder, collected->name, collected->name_range, NULL);
	text = mapped_text_finish(&builder, collected->name_range);
	if (!text)
		return -ENOMEM;
	*ret_span = mapped_text_span(text);
	return 0;
}

static int fill_rule(struct arena *arena, const struct collected_rule *collected, struct rule *ret_rule)
{
	const struct rule_content *content = &collected->content;
	struct source_range place = collected->context->range;

	*ret_rule = (struct rule){
	    .name = collected->name,
	    .description = content->description,
	    .source = content->source,
	    .priority = content->priority,
	    .is_enabled = content->enabled,
	    .warns_about_event_types = content->warn_evttypes,
	    .skips_unknown_filter = content->skip_if_unknown_filter,
	    .tags = content->tags,
	    .tag_count = content->tag_count,
	    .condition = collected->condition,
	    .output = collected->output,
	    .file = place.file->name,
	    .line = source_file_position(place.file, place.start).line,
	};
	return name_span(arena, collected, &ret_rule->name_span);
}

void compilation_count_diagnostics(struct compilation *compilation)
{
	compilation->error_count = compilation->warning_count = 0;
	for (uint32_t i = 0; i < compilation->diagnostics.count; i++) {
		const struct diagnostic *diagnostic = compilation->diagnostics.items[i];

		if (diagnostic_is_shown(diagnostic))
			*(diagnostic->severity == SEVERITY_ERROR ? &compilation->error_count
								 : &compilation->warning_count) += 1;
	}
}

/* Every load judges everything collected so far: the last one has the last word. */
static void hide_what_later_files_settled(struct compilation *compilation)
{
	for (uint32_t i = 0; i + 1 < compilation->load_count; i++)
		for (uint32_t k = compilation->loads[i].first_compiled; k < compilation->loads[i].end_diagnostic; k++)
			compilation->diagnostics.items[k]->is_hidden = true;
	diagnostics_find_repetitions(&compilation->diagnostics);
}

int compilation_finish(struct compilation *compilation)
{
	const struct rule_collection *collection = compilation->collection;
	const uint32_t *required = collection->required_engine;
	int status = 0;

	compilation_count_diagnostics(compilation);
	compilation->required_engine_version = (struct engine_version){required[0], required[1], required[2]};
	if (compilation->error_count)
		return 0;
	hide_what_later_files_settled(compilation);
	compilation_count_diagnostics(compilation);
	if (compilation->diagnostics.failed)
		return compilation_tell_memory_limit(compilation, -ENOMEM);
	compilation->rules =
	    arena_allocate_array(compilation->arena, (size_t)collection->rule_count + 1, sizeof *compilation->rules);
	if (!compilation->rules)
		return compilation_tell_memory_limit(compilation, -ENOMEM);
	for (uint32_t i = 0; i < collection->rule_count && status == 0; i++) {
		const struct collected_rule *collected = collection->rules[i];

		if (!collected->condition || !collected->output ||
		    collected->content.priority > compilation->options.least_priority)
			continue;
		status = fill_rule(compilation->arena, collected, &compilation->rules[compilation->rule_count++]);
	}
	if (status == 0)
		status = select_rules(compilation->arena, compilation->options.selectors,
				      compilation->options.selector_count, compilation->rules, compilation->rule_count);
	status = compilation_tell_memory_limit(compilation, status);
	if (compilation->error_count)
		compilation->rule_count = 0;
	return status;
}
