#include "instrument/terraform/terraform_external.h"

#include "base/json_writer.h"
#include "instrument/task/ecs.h"
#include "instrument/document/json_scan.h"
#include "instrument/task/task_definition.h"

/* ---- the query ---- */

struct reader {
	struct arena *arena;
	struct report *report;
	struct terraform_query *query;
};

/* The JSON in a member's string, of that kind; NULL after a fault. */
static const struct node *read_nested(struct reader *reader, const struct node *member, enum node_kind kind)
{
	struct report nested = report_of(reader->arena, member->text);
	const struct node *root = json_scan(member->text, reader->arena, &nested);
	const struct diagnostic *fault = nested.first_diagnostic;

	if (root && root->kind == kind)
		return root;
	if (root)
		report_node(reader->report, SEVERITY_ERROR, member, "\"" TEXT_FORMAT "\" must be JSON of %s",
			    TEXT_ARGUMENTS(member->key->text), kind == NODE_OBJECT ? "an object" : "a list");
	else if (fault)
		report_node(reader->report, SEVERITY_ERROR, member, "\"" TEXT_FORMAT "\", %u:%u: " TEXT_FORMAT,
			    TEXT_ARGUMENTS(member->key->text), fault->line, fault->column,
			    TEXT_ARGUMENTS(fault->message));
	else
		report_node(reader->report, SEVERITY_ERROR, member, "no memory");
	return NULL;
}

static void read_member(struct reader *reader, const struct node *member)
{
	struct terraform_query *query = reader->query;
	const struct {
		const char *name;
		struct text *text;
		const struct node **object;
	} members[] = {
	    {"container_definitions", &query->container_definitions, NULL},
	    {"cpu_architecture", &query->cpu_architecture, NULL},
	    {"operating_system_family", &query->operating_system_family, NULL},
	    {"proxy_container", &query->proxy_container, NULL},
	    {"action", &query->action, NULL},
	    {"options", NULL, &query->options},
	    {"image_configs", NULL, &query->image_configs},
	    {"tags", NULL, &query->tags},
	};

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		if (!text_is(member->key->text, members[i].name))
			continue;
		if (member->kind != NODE_STRING && member->kind != NODE_NULL)
			report_node(reader->report, SEVERITY_ERROR, member,
				    "\"%s\" must be a string: all values of a query are", members[i].name);
		else if (members[i].text && member->kind == NODE_STRING)
			*members[i].text = member->text;
		else if (members[i].object && member->kind == NODE_STRING && member->text.length > 0)
			*members[i].object = read_nested(reader, member, NODE_OBJECT);
		return;
	}
	report_node(reader->report, SEVERITY_ERROR, member,
		    "no member of a query; there are container_definitions, action, options, image_configs, "
		    "cpu_architecture, operating_system_family, tags and proxy_container");
}

static void check_tags(struct reader *reader, const struct node *tags, const struct node *place)
{
	for (const struct node *tag = tags ? tags->first : NULL; tag; tag = tag->next)
		if (tag->kind != NODE_STRING)
			report_node(reader->report, SEVERITY_ERROR, place,
				    "the tag \"" TEXT_FORMAT "\" must have a string as its value",
				    TEXT_ARGUMENTS(tag->key->text));
}

bool terraform_query_read(struct text source, struct arena *arena, struct report *report,
			  struct terraform_query *ret_query)
{
	const struct node *root = json_scan(source, arena, report);
	struct reader reader = {arena, report, ret_query};

	*ret_query = (struct terraform_query){.options = NULL};
	if (!root)
		return false;
	if (root->kind != NODE_OBJECT) {
		report_node(report, SEVERITY_ERROR, root, "a query is an object whose values are strings");
		return false;
	}
	for (const struct node *member = root->first; member; member = member->next)
		read_member(&reader, member);
	check_tags(&reader, ret_query->tags, node_member(root, "tags"));
	if (ret_query->action.length > 0 && !text_is(ret_query->action, "instrument") &&
	    !text_is(ret_query->action, "remove"))
		report_node(report, SEVERITY_ERROR, node_member(root, "action"),
			    "\"action\" is \"instrument\" or \"remove\"");
	if (report->error_count == 0 && node_is_absent(node_member(root, "container_definitions")))
		report_node(report, SEVERITY_ERROR, root, "\"container_definitions\" is missing");
	return report->error_count == 0;
}

/* ---- the task ---- */

static void write_member(struct json_writer *writer, const char *name, struct text value)
{
	json_key(writer, text_from_string(name));
	json_string(writer, value);
}

static void write_tags(struct json_writer *writer, const struct node *tags)
{
	json_key(writer, TEXT("tags"));
	json_begin_array(writer);
	for (const struct node *tag = tags->first; tag; tag = tag->next) {
		json_begin_object(writer);
		write_member(writer, "key", tag->key->text);
		write_member(writer, "value", tag->text);
		json_end_object(writer);
	}
	json_end_array(writer);
}

/* A task definition around the containers; the list's bytes are copied as they are, at *ret_offset. */
static void write_task(const struct terraform_query *query, struct text list, struct buffer *buffer, size_t *ret_offset)
{
	struct json_writer writer;

	json_writer_init(&writer, buffer);
	json_begin_object(&writer);
	json_key(&writer, TEXT("requiresCompatibilities"));
	json_raw(&writer, TEXT("[\"FARGATE\"]"));
	json_key(&writer, TEXT("runtimePlatform"));
	json_begin_object(&writer);
	if (query->cpu_architecture.length > 0)
		write_member(&writer, "cpuArchitecture", query->cpu_architecture);
	if (query->operating_system_family.length > 0)
		write_member(&writer, "operatingSystemFamily", query->operating_system_family);
	json_end_object(&writer);
	if (query->proxy_container.length > 0) {
		json_key(&writer, TEXT("proxyConfiguration"));
		json_begin_object(&writer);
		write_member(&writer, "containerName", query->proxy_container);
		json_end_object(&writer);
	}
	if (query->tags)
		write_tags(&writer, query->tags);
	json_key(&writer, TEXT("containerDefinitions"));
	*ret_offset = buffer->length;
	json_raw(&writer, list);
	json_end_object(&writer);
}

/* ---- the answer ---- */

static void write_instrumented(struct json_writer *writer, const struct report *report)
{
	struct buffer names = BUFFER_INIT, reasons = BUFFER_INIT;
	struct json_writer names_writer, reasons_writer;

	json_writer_init(&names_writer, &names);
	json_writer_init(&reasons_writer, &reasons);
	json_begin_array(&names_writer);
	json_begin_object(&reasons_writer);
	for (const struct decision *decision = report->first_decision; decision; decision = decision->next) {
		if (decision->outcome == OUTCOME_INSTRUMENTED) {
			json_string(&names_writer, decision->container);
		} else if (decision->outcome == OUTCOME_SKIPPED) {
			json_key(&reasons_writer, decision->container);
			json_string(&reasons_writer, decision->reason);
		}
	}
	json_end_array(&names_writer);
	json_end_object(&reasons_writer);
	write_member(writer, "instrumented", buffer_text(&names));
	write_member(writer, "skipped", buffer_text(&reasons));
	writer->buffer->failed |= names.failed || reasons.failed;
	buffer_release(&names);
	buffer_release(&reasons);
}

static void write_warnings(struct json_writer *writer, const struct report *report)
{
	struct buffer lines = BUFFER_INIT;

	for (const struct diagnostic *diagnostic = report->first_diagnostic; diagnostic; diagnostic = diagnostic->next)
		if (diagnostic->severity == SEVERITY_WARNING)
			buffer_printf(&lines, "%s" TEXT_FORMAT, lines.length > 0 ? "\n" : "",
				      TEXT_ARGUMENTS(diagnostic->message));
	write_member(writer, "warnings", buffer_text(&lines));
	writer->buffer->failed |= lines.failed;
	buffer_release(&lines);
}

static struct text member_source(struct text source, const struct node *root, const char *name)
{
	const struct node *member = node_member(root, name);

	return member ? node_source(source, member) : TEXT("[]");
}

static void write_answer(const struct report *report, struct text task, const struct node *root, struct buffer *buffer)
{
	struct json_writer writer;

	json_writer_init(&writer, buffer);
	json_begin_object(&writer);
	write_member(&writer, "container_definitions", member_source(task, root, "containerDefinitions"));
	write_member(&writer, "volumes", member_source(task, root, "volumes"));
	write_member(&writer, "pid_mode", node_member_text(root, "pidMode"));
	write_instrumented(&writer, report);
	write_warnings(&writer, report);
	write_member(&writer, "version", TEXT(TERCEL_VERSION));
	json_end_object(&writer);
	buffer_append_byte(buffer, '\n');
}

static bool no_memory(struct report *report)
{
	report_at(report, SEVERITY_ERROR, SIZE_MAX, "no memory");
	return false;
}

bool terraform_answer(const struct terraform_query *query, const struct instrument_options *options,
		      struct image_lookup *images, struct arena *arena, struct report *report, struct buffer *answer)
{
	/* Alone first: what is no list by itself must not become one by what is written around it. */
	const struct node *list = json_scan(query->container_definitions, arena, report), *root;
	enum action action = text_is(query->action, "remove") ? ACTION_REMOVE : ACTION_INSTRUMENT;
	/* What is written around the list comes from nowhere. */
	struct source_piece pieces[2] = {{.origin = SIZE_MAX}, {.origin = 0}};
	struct buffer buffer = BUFFER_INIT;
	struct text task, result = TEXT_EMPTY;
	size_t offset = 0;

	if (!list)
		return false;
	if (list->kind != NODE_ARRAY) {
		report_node(report, SEVERITY_ERROR, list, "a list of container definitions is expected");
		return false;
	}
	write_task(query, node_source(query->container_definitions, list), &buffer, &offset);
	task = arena_copy_text(arena, buffer_text(&buffer));
	pieces[1].start = offset - list->start;
	if (buffer.failed || !task.bytes || !report_map_pieces(report, pieces, 2)) {
		buffer_release(&buffer);
		return no_memory(report);
	}
	buffer_release(&buffer);
	if (!task_definition_transform(task, action, SPELLING_TERRAFORM, options, images, arena, report,
				       &result))
		return false;
	root = json_scan(result, arena, report);
	if (!root)
		return false;
	write_answer(report, result, root, answer);
	return !answer->failed || no_memory(report);
}
