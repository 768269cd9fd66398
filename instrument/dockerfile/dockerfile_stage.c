#include "instrument/dockerfile/dockerfile_stage.h"

#include <ctype.h>
#include <string.h>

#include "base/buffer.h"
#include "instrument/document/json_scan.h"
#include "instrument/document/node.h"

#define VALUE_BYTES_MAX ((size_t)4096) /* of an image's name with its arguments filled in */
#define BRACES_DEPTH_MAX 20

/* ---- build arguments ---- */

/* An ARG before the first FROM: the only ones that FROM sees. */
struct argument {
	struct text name, value;
	bool is_known;
	struct argument *previous;
};

struct expansion {
	const struct stage_context *context;
	char escape;
	struct argument *last;
};

/* The text behind "NAME=" in a word, with its quotes taken off; false when it is another name or has no value. */
static bool value_in_word(struct text word, struct text name, struct text *ret_value)
{
	struct text value;

	if (!text_starts_with(word, name) || word.length <= name.length || word.bytes[name.length] != '=')
		return false;
	value = text_slice(word, name.length + 1, SIZE_MAX);
	if (value.length >= 2 && (value.bytes[0] == '"' || value.bytes[0] == '\'') &&
	    value.bytes[value.length - 1] == value.bytes[0])
		value = text_slice(value, 1, value.length - 2);
	*ret_value = value;
	return true;
}

/* What Docker sets by itself for every build. */
static bool platform_argument(const struct stage_context *context, struct text name, struct text *ret_value)
{
	const char *architecture = context->architecture ? context->architecture : "amd64";

	if (text_is(name, "TARGETOS"))
		*ret_value = TEXT("linux");
	else if (text_is(name, "TARGETARCH"))
		*ret_value = text_from_string(architecture);
	else if (text_is(name, "TARGETPLATFORM"))
		*ret_value = arena_format(context->arena, "linux/%s", architecture);
	else
		return false;
	return true;
}

static bool argument_value(const struct expansion *expansion, struct text name, struct text *ret_value,
			   struct text *ret_unknown)
{
	const struct argument *argument = expansion->last;

	while (argument && !text_equal(argument->name, name))
		argument = argument->previous;
	if (argument && argument->is_known) {
		*ret_value = argument->value;
		return true;
	}
	if (platform_argument(expansion->context, name, ret_value))
		return true;
	*ret_unknown = arena_format(expansion->context->arena,
				    "nothing says what $" TEXT_FORMAT " is; give --build-arg " TEXT_FORMAT "=VALUE",
				    TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(name));
	return false;
}

static size_t name_length(struct text text)
{
	size_t length = 0;

	while (length < text.length && (isalnum((unsigned char)text.bytes[length]) || text.bytes[length] == '_'))
		length++;
	return length;
}

static bool expand(const struct expansion *expansion, struct text text, unsigned depth, struct text *ret_value,
		   struct text *ret_unknown);

/* NAME, NAME:-word, NAME-word, NAME:+word, NAME+word between the braces. */
static bool expand_braces(const struct expansion *expansion, struct text inside, unsigned depth, struct text *ret_value,
			  struct text *ret_unknown)
{
	size_t length = name_length(inside);
	struct text name = text_slice(inside, 0, length), rest = text_slice(inside, length, SIZE_MAX), ignored;
	bool tests_empty = text_starts_with(rest, TEXT(":")), is_set;

	if (rest.length == 0)
		return argument_value(expansion, name, ret_value, ret_unknown);
	rest = text_slice(rest, tests_empty, SIZE_MAX);
	if ((!text_starts_with(rest, TEXT("-")) && !text_starts_with(rest, TEXT("+"))) || depth == BRACES_DEPTH_MAX) {
		*ret_unknown = arena_format(expansion->context->arena,
					    "what ${" TEXT_FORMAT "} means is not known here", TEXT_ARGUMENTS(inside));
		return false;
	}
	is_set = argument_value(expansion, name, ret_value, &ignored) && (!tests_empty || ret_value->length > 0);
	if (is_set && rest.bytes[0] == '-')
		return true;
	if (!is_set && rest.bytes[0] == '+') {
		*ret_value = TEXT_EMPTY;
		return true;
	}
	return expand(expansion, text_slice(rest, 1, SIZE_MAX), depth + 1, ret_value, ret_unknown);
}

/* Bytes of a text that begins with "${", up to and with its "}"; 0 when that is missing. */
static size_t braces_length(struct text text)
{
	unsigned depth = 0;

	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] == '{')
			depth++;
		else if (text.bytes[i] == '}' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* One `$...` at the start of the text; *ret_used bytes of it. */
static bool expand_one(const struct expansion *expansion, struct text text, unsigned depth, size_t *ret_used,
		       struct text *ret_value, struct text *ret_unknown)
{
	if (text.length > 1 && text.bytes[1] == '{') {
		*ret_used = braces_length(text);
		if (*ret_used > 0)
			return expand_braces(expansion, text_slice(text, 2, *ret_used - 3), depth, ret_value,
					     ret_unknown);
		*ret_unknown = TEXT("its name has a \"${\" without an end");
		return false;
	}
	*ret_used = 1 + name_length(text_slice(text, 1, SIZE_MAX));
	return argument_value(expansion, text_slice(text, 1, *ret_used - 1), ret_value, ret_unknown);
}

/* The text with its arguments filled in; false, with a sentence, when that is not possible here. */
static bool expand(const struct expansion *expansion, struct text text, unsigned depth, struct text *ret_value,
		   struct text *ret_unknown)
{
	struct buffer buffer = {.limit_bytes = VALUE_BYTES_MAX};
	bool good = true;

	while (good && !buffer.failed && text.length > 0) {
		struct text value = text_slice(text, 0, 1);
		size_t used = 1;

		if (text.bytes[0] == expansion->escape && text.length > 1) {
			value = text_slice(text, 1, 1);
			used = 2;
		} else if (text.bytes[0] == '$') {
			good = expand_one(expansion, text, depth, &used, &value, ret_unknown);
		}
		if (good)
			buffer_append_text(&buffer, value);
		text = text_slice(text, used, SIZE_MAX);
	}
	if (good && buffer.failed) {
		*ret_unknown = TEXT("its name is too long");
		good = false;
	}
	if (good)
		*ret_value = arena_copy_text(expansion->context->arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return good;
}

/* One word of an ARG: NAME or NAME=DEFAULT. */
static bool add_argument(struct expansion *expansion, struct text word)
{
	const struct stage_context *context = expansion->context;
	struct argument *argument = arena_allocate(context->arena, sizeof *argument);
	struct text value, ignored;

	if (!argument) {
		report_at(context->report, SEVERITY_ERROR, SIZE_MAX, "no memory");
		return false;
	}
	argument->name = text_slice(word, 0, text_find_byte(word, '='));
	if (value_in_word(word, argument->name, &value))
		argument->is_known = expand(expansion, value, 0, &argument->value, &ignored);
	else /* A second one without a value leaves the first as it is. */
		argument->is_known = argument_value(expansion, argument->name, &argument->value, &ignored);
	for (size_t i = 0; context->build_arguments && i < context->build_arguments->count; i++)
		if (value_in_word(text_from_string(context->build_arguments->values[i]), argument->name, &value)) {
			argument->value = value;
			argument->is_known = true;
		}
	argument->previous = expansion->last;
	expansion->last = argument;
	return true;
}

static bool add_arguments(struct expansion *expansion, const struct instruction *instruction)
{
	struct text rest = instruction->arguments;

	while (rest.length > 0)
		if (!add_argument(expansion, dockerfile_next_quoted_word(&rest, expansion->escape)))
			return false;
	return true;
}

/* ---- stages ---- */

static const struct stage *find_stage(const struct stages *stages, struct text name)
{
	for (size_t i = stages->count; i-- > 0;)
		if (stages->stages[i].name.length > 0 && text_equal_but_case(stages->stages[i].name, name))
			return &stages->stages[i];
	return NULL;
}

static bool bad_from(const struct stage_context *context, const struct instruction *from)
{
	report_at(context->report, SEVERITY_ERROR, from->start,
		  "FROM takes an image, and perhaps AS and a name: FROM [--platform=PLATFORM] IMAGE [AS NAME]");
	return false;
}

static bool add_stage(const struct expansion *expansion, struct stages *stages, const struct instruction *from)
{
	const struct stage_context *context = expansion->context;
	struct text rest = from->arguments, word = dockerfile_next_word(&rest), as, ignored;
	struct stage stage = {.from = from};

	while (text_starts_with(word, TEXT("--"))) {
		if (text_starts_with(word, TEXT("--platform=")) &&
		    !expand(expansion, text_slice(word, strlen("--platform="), SIZE_MAX), 0, &stage.platform, &ignored))
			stage.platform = TEXT_EMPTY;
		word = dockerfile_next_word(&rest);
	}
	if (word.length == 0)
		return bad_from(context, from);
	as = dockerfile_next_word(&rest);
	stage.name = dockerfile_next_word(&rest);
	if ((as.length > 0 && (!text_equal_but_case(as, TEXT("as")) || stage.name.length == 0)) ||
	    dockerfile_next_word(&rest).length > 0)
		return bad_from(context, from);
	if (!expand(expansion, word, 0, &stage.image, &stage.unknown))
		stage.image = TEXT_EMPTY;
	else
		stage.base = find_stage(stages, stage.image);
	stages->stages[stages->count++] = stage;
	return true;
}

bool stages_read(const struct stage_context *context, const struct dockerfile *dockerfile, struct stages *ret_stages)
{
	struct stages stages = {.stages = arena_allocate_array(context->arena, STAGES_MAX, sizeof *stages.stages)};
	struct expansion expansion = {.context = context, .escape = dockerfile->escape};

	if (!stages.stages) {
		report_at(context->report, SEVERITY_ERROR, SIZE_MAX, "no memory");
		return false;
	}
	for (const struct instruction *at = dockerfile->first; at; at = at->next) {
		if (at->kind == INSTRUCTION_FROM) {
			if (stages.count == STAGES_MAX) {
				report_at(context->report, SEVERITY_ERROR, at->start, "too many stages");
				return false;
			}
			if (!add_stage(&expansion, &stages, at))
				return false;
		} else if (at->kind == INSTRUCTION_ARG && stages.count == 0) {
			if (!add_arguments(&expansion, at))
				return false;
		} else if (at->kind == INSTRUCTION_ENTRYPOINT) {
			stages.stages[stages.count - 1].entry_point = at;
		} else if (at->kind == INSTRUCTION_CMD) {
			stages.stages[stages.count - 1].command = at;
		}
	}
	*ret_stages = stages;
	return true;
}

/* ---- words ---- */

/* A list of strings in JSON; anything else is for the shell, as Docker takes it. */
static bool exec_form(const struct stage_context *context, struct text arguments, struct word_list *ret_words)
{
	struct report ignored = report_of(context->arena, arguments);
	const struct node *list =
	    text_starts_with(arguments, TEXT("[")) ? json_scan(arguments, context->arena, &ignored) : NULL;
	struct word_list words = {0};

	if (!list || list->kind != NODE_ARRAY)
		return false;
	words.words = arena_allocate_array(context->arena, list->count + 1, sizeof *words.words);
	for (const struct node *word = list->first; word; word = word->next) {
		if (!words.words || word->kind != NODE_STRING)
			return false;
		words.words[words.count++] = word->text;
	}
	*ret_words = words;
	return true;
}

/* The image that the stages begin with; not known, or no image at all, is no fault here. */
static bool find_image(const struct stage_context *context, const struct stage *stage, struct image_config *ret_config,
		       struct text *ret_reason, bool *ret_failed)
{
	struct text architecture = text_from_string(context->architecture ? context->architecture : "amd64");
	enum image_result result;

	*ret_config = (struct image_config){.digest = TEXT_EMPTY};
	*ret_failed = false;
	if (text_is(stage->image, "scratch"))
		return true;
	if (text_starts_with(stage->platform, TEXT("linux/")))
		architecture = text_slice(stage->platform, strlen("linux/"), SIZE_MAX);
	result = image_lookup(context->images, stage->name, stage->image, architecture, ret_config, ret_reason);
	if (result == IMAGE_UNKNOWN && stage->unknown.length > 0)
		*ret_reason = stage->unknown;
	*ret_failed = result == IMAGE_FAILED;
	return result == IMAGE_FOUND;
}

/* Of the image: nothing says more about most of them, and then Docker's usual one is the image's. */
static struct word_list shell_of_image(const struct stage_context *context, const struct stage *stage,
				       const struct instruction *instruction)
{
	static struct text usual[] = {TEXT("/bin/sh"), TEXT("-c")};
	struct image_config config;
	struct text reason = TEXT_EMPTY;
	bool failed;

	if (!find_image(context, stage, &config, &reason, &failed))
		report_at(context->report, SEVERITY_WARNING, instruction->start,
			  "/bin/sh -c is taken for what runs this text; a SHELL of the image would change that, and what "
			  "the image has is not known: " TEXT_FORMAT,
			  TEXT_ARGUMENTS(reason));
	if (config.shell.count > 0)
		return config.shell;
	return (struct word_list){usual, sizeof usual / sizeof usual[0]};
}

/* What runs a text: the last SHELL before it, in its stage or in those below, else the image's. */
static bool find_shell(const struct stage_context *context, const struct stage *stage,
		       const struct instruction *instruction, struct word_list *ret_shell)
{
	const struct instruction *before = instruction;

	for (;; stage = stage->base) {
		const struct instruction *at = before ? before : stage->from->next, *shell = NULL;

		if (before) {
			for (; at != stage->from && !shell; at = at->previous)
				if (at->kind == INSTRUCTION_SHELL)
					shell = at;
		} else {
			for (; at && at->kind != INSTRUCTION_FROM; at = at->next)
				if (at->kind == INSTRUCTION_SHELL)
					shell = at;
		}
		before = NULL;
		if (shell && exec_form(context, shell->arguments, ret_shell) && ret_shell->count > 0)
			return true;
		if (shell) {
			report_at(context->report, SEVERITY_ERROR, shell->start,
				  "SHELL takes a list of strings in JSON");
			return false;
		}
		if (!stage->base)
			break;
	}
	*ret_shell = shell_of_image(context, stage, instruction);
	return true;
}

static bool words_of(const struct stage_context *context, const struct stage *stage,
		     const struct instruction *instruction, struct word_list *ret_words)
{
	struct word_list shell = {0}, words = {0};

	if (exec_form(context, instruction->arguments, ret_words))
		return true;
	if (text_starts_with(instruction->arguments, TEXT("[")))
		report_at(context->report, SEVERITY_WARNING, instruction->start,
			  "this is no list of strings in JSON, so Docker gives it to the shell");
	if (!find_shell(context, stage, instruction, &shell))
		return false;
	words.words = arena_allocate_array(context->arena, shell.count + 1, sizeof *words.words);
	if (!words.words) {
		report_at(context->report, SEVERITY_ERROR, SIZE_MAX, "no memory");
		return false;
	}
	memcpy(words.words, shell.words, shell.count * sizeof *words.words);
	words.words[shell.count] = instruction->arguments;
	words.count = shell.count + 1;
	*ret_words = words;
	return true;
}

/* What the stage begins with. */
static bool base_words(const struct stage_context *context, const struct stage *stage, struct image_config *ret_config)
{
	struct text reason = TEXT_EMPTY;
	bool failed;

	if (stage->base)
		return stage_words(context, stage->base, ret_config);
	if (find_image(context, stage, ret_config, &reason, &failed)) {
		if (ret_config->warning.length > 0)
			report_at(context->report, SEVERITY_WARNING, stage->from->start, TEXT_FORMAT,
				  TEXT_ARGUMENTS(ret_config->warning));
		if (text_find_byte(stage->image, '@') == SIZE_MAX && !text_is(stage->image, "scratch"))
			report_at(context->report, SEVERITY_WARNING, stage->from->start,
				  "what runs was taken from this image; a tag can move, a digest cannot");
		return true;
	}
	context->report->io_failed |= failed;
	report_at(context->report, SEVERITY_ERROR, stage->from->start,
		  "the file has no ENTRYPOINT, and what its image runs is not known: " TEXT_FORMAT,
		  TEXT_ARGUMENTS(reason));
	return false;
}

bool stage_words(const struct stage_context *context, const struct stage *stage, struct image_config *ret_config)
{
	struct image_config config = {.digest = TEXT_EMPTY};

	/* An ENTRYPOINT of the file takes away the command that the image has; one of the file stays. */
	if (!stage->entry_point && !base_words(context, stage, &config))
		return false;
	if (stage->entry_point && !words_of(context, stage, stage->entry_point, &config.entry_point))
		return false;
	if (stage->command && !words_of(context, stage, stage->command, &config.command))
		return false;
	*ret_config = config;
	return true;
}
