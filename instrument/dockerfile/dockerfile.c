#include "instrument/dockerfile/dockerfile.h"

#include <string.h>

#include "base/buffer.h"
#include "instrument/dockerfile/dockerfile_parse.h"
#include "instrument/dockerfile/dockerfile_stage.h"
#include "instrument/images/image_reference.h"
#include "instrument/task/known_programs.h"
#include "instrument/task/plan.h"

#define MARKER "# tercel-instrument: "
#define MARKER_BEGIN MARKER "begin"
#define MARKER_END MARKER "end"
#define NEWLINE_ADDED ", and the newline before it"

struct work {
	const struct instrument_options *options;
	struct stage_context context;
	struct arena *arena;
	struct report *report;
};

static bool fault(struct work *work, size_t offset, const char *message)
{
	report_at(work->report, SEVERITY_ERROR, offset, "%s", message);
	return false;
}

/* ---- the block ---- */

struct block {
	const struct marker *begin, *end; /* NULL: there is none */
};

/* The one block; false after a fault. */
static bool find_block(struct work *work, const struct dockerfile *dockerfile, struct block *ret_block)
{
	const struct marker *begin = dockerfile->first_marker, *end = begin ? begin->next : NULL;

	*ret_block = (struct block){NULL, NULL};
	if (!begin)
		return true;
	if (!text_starts_with(begin->text, TEXT(MARKER_BEGIN)))
		return fault(work, begin->start, "this ends a block of ours that does not begin; undo by hand");
	if (!end || !text_starts_with(end->text, TEXT(MARKER_END)))
		return fault(work, begin->start, "this block of ours does not end; undo by hand");
	if (end->next)
		return fault(work, end->next->start, "a second block of ours; undo by hand");
	for (const struct instruction *at = dockerfile->first; at; at = at->next)
		if (at->end > begin->start && at->start < end->start && at->kind != INSTRUCTION_COPY &&
		    at->kind != INSTRUCTION_ENTRYPOINT && at->kind != INSTRUCTION_CMD)
			return fault(work, at->start,
				     "this was not written by tercel-instrument, but stands in its block");
	*ret_block = (struct block){begin, end};
	return true;
}

/* The source without the block. */
static bool take_out(struct work *work, struct text source, const struct block *block, struct text *ret_text)
{
	size_t start = block->begin->start, end = block->end->end;
	struct buffer buffer = BUFFER_INIT;
	bool good;

	/* A newline of ours goes when nothing was written behind the block since. */
	if (end == source.length && text_find(block->begin->text, TEXT(NEWLINE_ADDED)) != SIZE_MAX && start > 0) {
		bool is_crlf = block->begin->end >= 2 && source.bytes[block->begin->end - 2] == '\r';

		start--;
		start -= is_crlf && start > 0 && source.bytes[start - 1] == '\r';
	}
	buffer_append_text(&buffer, text_slice(source, 0, start));
	buffer_append_text(&buffer, text_slice(source, end, SIZE_MAX));
	*ret_text = arena_copy_text(work->arena, buffer_text(&buffer));
	good = !buffer.failed && ret_text->bytes &&
	       report_map_pieces(work->report, (struct source_piece[]){{0, 0}, {start, end}}, 2);
	buffer_release(&buffer);
	return good || fault(work, SIZE_MAX, "no memory");
}

/* ---- what is added ---- */

static struct node *list_of_words(struct work *work, struct word_list words)
{
	struct node *list = node_new(work->arena, NODE_ARRAY);

	for (size_t i = 0; i < words.count; i++)
		node_append(list, node_new_string(work->arena, words.words[i]));
	return list;
}

static struct text stage_name(struct work *work, const struct stages *stages)
{
	const struct stage *last = &stages->stages[stages->count - 1];

	return last->name.length > 0 ? last->name : arena_format(work->arena, "stage %zu", stages->count);
}

static bool check_program(struct work *work, const struct stage *stage, const struct image_config *config)
{
	const struct word_list *words = config->entry_point.count > 0 ? &config->entry_point : &config->command;
	const struct instruction *command = stage->command ? stage->command : stage->entry_point;
	const struct instruction *place = config->entry_point.count > 0 ? stage->entry_point : command;
	size_t offset = place ? place->start : stage->from->start;
	struct text program = words->count > 0 ? words->words[0] : TEXT_EMPTY;
	const char *vendor = known_program_vendor(program);

	if (words->count == 0)
		return fault(work, offset, "nothing to run: neither an ENTRYPOINT nor a CMD");
	if (text_is(program, TERCEL_PROGRAM))
		return fault(work, offset, "the agent is its entry point already, but not by a block of ours");
	if (vendor) {
		report_at(work->report, SEVERITY_ERROR, offset,
			  "already wrapped by %s; two tracers cannot share a container", vendor);
		return false;
	}
	if (known_program_is_pid1(program) && !work->options->force_pid1) {
		report_at(work->report, SEVERITY_ERROR, offset,
			  TEXT_FORMAT " works only as process 1; start the agent behind it, or give --force-pid1",
			  TEXT_ARGUMENTS(program));
		return false;
	}
	if (text_find_byte(program, ' ') != SIZE_MAX)
		report_at(work->report, SEVERITY_WARNING, offset,
			  "the name of the program has a blank in it: \"" TEXT_FORMAT "\"", TEXT_ARGUMENTS(program));
	return true;
}

static bool check_options(struct work *work)
{
	const char *image = work->options->agent_image;
	struct image_reference reference;

	if (!image)
		return fault(work, SIZE_MAX, "--agent-image is needed: the image that has the agent");
	if (!image_reference_parse(work->arena, text_from_string(image), &reference)) {
		report_at(work->report, SEVERITY_ERROR, SIZE_MAX, "--agent-image %s: that is no name of an image",
			  image);
		return false;
	}
	if (!strchr(image, '@'))
		report_at(work->report, SEVERITY_WARNING, SIZE_MAX,
			  "--agent-image %s: a tag can move; a digest (NAME@sha256:...) cannot", image);
	if (work->options->trust.count == 0)
		report_at(
		    work->report, SEVERITY_WARNING, SIZE_MAX,
		    "no --trust: then the agent's image must have a key (/trust.pub), for it runs no rules unsigned");
	return true;
}

/* The style of the file's last newline. */
static struct text newline_of(struct text source)
{
	size_t last = text_find_last_byte(source, '\n');

	return last != SIZE_MAX && last > 0 && source.bytes[last - 1] == '\r' ? TEXT("\r\n") : TEXT("\n");
}

static void append_line(struct buffer *buffer, struct text newline, const char *instruction, struct text arguments)
{
	buffer_append_string(buffer, instruction);
	buffer_append_text(buffer, arguments);
	buffer_append_text(buffer, newline);
}

static bool append_block(struct work *work, struct text source, struct node *entry_point, const struct node *command,
			 struct text *ret_text)
{
	struct task task = {.arena = work->arena, .options = work->options};
	struct text newline = newline_of(source);
	bool ends_in_newline = source.length == 0 || source.bytes[source.length - 1] == '\n';
	struct buffer buffer = BUFFER_INIT;

	buffer_append_text(&buffer, source);
	if (!ends_in_newline)
		buffer_append_text(&buffer, newline);
	append_line(&buffer, newline, MARKER_BEGIN "; `tercel-instrument remove` takes this block out again",
		    ends_in_newline ? TEXT_EMPTY : TEXT(NEWLINE_ADDED));
	append_line(&buffer, newline, "COPY --from=",
		    arena_format(work->arena, "%s /tercel-agent " TERCEL_PROGRAM, work->options->agent_image));
	/* The keys and rules that the image has, if any: its folder is there in any case, and empty. */
	append_line(&buffer, newline, "COPY --from=",
		    arena_format(work->arena, "%s " TERCEL_DIRECTORY " /*.pub /*.tcb " TERCEL_DIRECTORY "/",
				 work->options->agent_image));
	append_line(&buffer, newline, "ENTRYPOINT ", words_text(&task, entry_point));
	if (command && command->count > 0)
		append_line(&buffer, newline, "CMD ", words_text(&task, command));
	append_line(&buffer, newline, MARKER_END, TEXT_EMPTY);
	*ret_text = arena_copy_text(work->arena, buffer_text(&buffer));
	if (buffer.failed)
		*ret_text = TEXT_EMPTY;
	buffer_release(&buffer);
	return ret_text->bytes || fault(work, SIZE_MAX, "no memory");
}

static void show(struct work *work, const struct stages *stages, const struct image_config *config,
		 const struct node *entry_point)
{
	const struct stage *stage = &stages->stages[stages->count - 1];
	struct task task = {.arena = work->arena, .options = work->options};
	struct text command =
	    config->command.count > 0 ? words_text(&task, list_of_words(work, config->command)) : TEXT("-");
	struct text before =
	    config->entry_point.count > 0 ? words_text(&task, list_of_words(work, config->entry_point)) : TEXT("-");
	struct decision decision = {
	    .outcome = OUTCOME_INSTRUMENTED,
	    .container = stage_name(work, stages),
	    .reason = stage->entry_point ? TEXT("entry point of the file") : TEXT("entry point of the image"),
	    .before =
		arena_format(work->arena, TEXT_FORMAT " " TEXT_FORMAT, TEXT_ARGUMENTS(before), TEXT_ARGUMENTS(command)),
	    .after = arena_format(work->arena, TEXT_FORMAT " " TEXT_FORMAT,
				  TEXT_ARGUMENTS(words_text(&task, entry_point)), TEXT_ARGUMENTS(command)),
	    .digest = config->digest,
	};

	report_decision(work->report, &decision);
}

static bool is_windows(const struct stage *stage)
{
	for (; stage->base; stage = stage->base)
		;
	return text_starts_with(stage->platform, TEXT("windows/")) ||
	       text_starts_with(stage->image, TEXT("mcr.microsoft.com/windows"));
}

static void skip(struct work *work, struct text name, const char *reason)
{
	struct decision decision = {.outcome = OUTCOME_SKIPPED, .container = name, .reason = text_from_string(reason)};

	report_decision(work->report, &decision);
}

static bool add(struct work *work, struct text source, struct text *ret_text)
{
	struct dockerfile dockerfile;
	struct stages stages;
	struct image_config config;
	struct task task = {.arena = work->arena, .options = work->options};
	struct node *entry_point;
	const struct stage *last;

	*ret_text = source;
	if (!dockerfile_parse(source, TEXT(MARKER), work->arena, work->report, &dockerfile) ||
	    !stages_read(&work->context, &dockerfile, &stages))
		return false;
	last = &stages.stages[stages.count - 1];
	if (is_windows(last)) {
		skip(work, stage_name(work, &stages), "Windows");
		return true;
	}
	if (dockerfile.ends_open)
		return fault(work, dockerfile.last ? dockerfile.last->start : SIZE_MAX,
			     "the last line of this instruction is continued, but there is none");
	if (!check_options(work) || !stage_words(&work->context, last, &config) || !check_program(work, last, &config))
		return false;
	entry_point = wrapper_words(&task);
	for (size_t i = 0; i < config.entry_point.count; i++)
		node_append(entry_point, node_new_string(work->arena, config.entry_point.words[i]));
	if (!entry_point)
		return fault(work, SIZE_MAX, "no memory");
	show(work, &stages, &config, entry_point);
	return append_block(work, source, entry_point, list_of_words(work, config.command), ret_text);
}

static bool remove_block(struct work *work, struct text source, struct text *ret_text, bool *ret_was_there)
{
	struct dockerfile dockerfile;
	struct block block;

	*ret_text = source;
	*ret_was_there = false;
	if (!dockerfile_parse(source, TEXT(MARKER), work->arena, work->report, &dockerfile) ||
	    !find_block(work, &dockerfile, &block))
		return false;
	*ret_was_there = block.begin != NULL;
	return !block.begin || take_out(work, source, &block, ret_text);
}

bool dockerfile_transform(struct text source, enum action action, const struct instrument_options *options,
			  const struct option_list *build_arguments, struct image_lookup *images, struct arena *arena,
			  struct report *report, struct text *ret_output)
{
	struct work work = {
	    .options = options,
	    .context = {arena, report, images, build_arguments, options->architecture},
	    .arena = arena,
	    .report = report,
	};
	struct decision restored = {.outcome = OUTCOME_RESTORED, .container = TEXT("the last stage")};
	struct text text;
	bool was_there;

	/* What is there of ours goes first, so that an upgrade is a removal and an installation. */
	if (!remove_block(&work, source, &text, &was_there))
		return false;
	if (action == ACTION_REMOVE && was_there)
		report_decision(report, &restored);
	if (action == ACTION_INSTRUMENT && !add(&work, text, &text))
		return false;
	*ret_output = text_equal(text, source) ? source : text;
	return true;
}

bool dockerfile_check(struct text source, struct arena *arena, struct report *report)
{
	const struct instrument_options none = {.name_prefix = "tercel"};
	struct image_lookup images = {.arena = arena, .offline = true};
	struct work work = {
	    .options = &none, .context = {arena, report, &images, NULL, NULL}, .arena = arena, .report = report};
	struct decision decision = {.outcome = OUTCOME_SKIPPED, .reason = TEXT("it has no block of ours")};
	struct dockerfile dockerfile;
	struct stages stages;
	struct block block;

	if (!dockerfile_parse(source, TEXT(MARKER), arena, report, &dockerfile) ||
	    !stages_read(&work.context, &dockerfile, &stages) || !find_block(&work, &dockerfile, &block))
		return false;
	decision.container = stage_name(&work, &stages);
	if (block.begin) {
		const struct stage *last = &stages.stages[stages.count - 1];

		decision.outcome = OUTCOME_INSTRUMENTED;
		decision.reason = TEXT_EMPTY;
		/* What stands behind the block counts, and takes the agent out again. */
		if (!last->entry_point || last->entry_point->start > block.end->start ||
		    last->from->start > block.begin->start)
			return fault(&work, block.begin->start,
				     "an ENTRYPOINT or a stage behind this block takes the agent out; run "
				     "tercel-instrument dockerfile again");
	}
	report_decision(report, &decision);
	return true;
}
