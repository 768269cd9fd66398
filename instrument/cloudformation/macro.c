#include "instrument/cloudformation/macro.h"

#include "base/json_writer.h"
#include "instrument/document/json_scan.h"

#define MESSAGE_BYTES_MAX 2048
#define HIDDEN_BYTES_MIN 4 /* of values that may be secret; shorter ones would blot out every message */

/* What stands around a fragment to make a template of it. */
struct frame {
	struct text before, behind;
};

/* ---- what the fragment is ---- */

static bool are_resources(const struct node *fragment)
{
	for (const struct node *resource = fragment->first; resource; resource = resource->next)
		if (!text_starts_with(resource->key->text, TEXT("Fn::")) &&
		    node_member_text(resource, "Type").length == 0)
			return false;
	return fragment->count > 0;
}

/* Fn::Transform brings what stands beside it. False when there is no task definition in such a thing. */
static bool choose_frame(const struct node *fragment, struct frame *ret_frame)
{
	static const struct frame template = {{"", 0}, {"", 0}};

	if (!fragment || fragment->kind != NODE_OBJECT)
		return false;
	if (node_member(fragment, "Resources"))
		*ret_frame = template;
	else if (node_member(fragment, "Type") && node_member(fragment, "Properties"))
		*ret_frame = (struct frame){TEXT("{\"Resources\":{\"Fragment\":"), TEXT("}}")};
	else if (node_member(fragment, "ContainerDefinitions"))
		*ret_frame = (struct frame){
		    TEXT("{\"Resources\":{\"Fragment\":{\"Type\":\"AWS::ECS::TaskDefinition\",\"Properties\":"),
		    TEXT("}}}")};
	else if (node_member(fragment, "Image") && node_member(fragment, "Name"))
		*ret_frame = (struct frame){
		    TEXT("{\"Resources\":{\"Fragment\":{\"Type\":\"AWS::ECS::TaskDefinition\",\"Properties\":"
			 "{\"RequiresCompatibilities\":[\"FARGATE\"],\"ContainerDefinitions\":["),
		    TEXT("]}}}}")};
	else if (are_resources(fragment))
		*ret_frame = (struct frame){TEXT("{\"Resources\":"), TEXT("}")};
	else
		return false;
	return true;
}

/* ---- parameters ---- */

static struct text parameter_text(struct arena *arena, const struct node *value)
{
	struct buffer buffer = BUFFER_INIT;
	struct text text;

	if (value->kind != NODE_ARRAY)
		return value->kind == NODE_OBJECT ? TEXT_EMPTY : value->text;
	for (const struct node *element = value->first; element; element = element->next) {
		if (element->previous)
			buffer_append_byte(&buffer, ',');
		buffer_append_text(&buffer, element->text);
	}
	text = arena_copy_text(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text.bytes ? text : TEXT_EMPTY;
}

/* The event's values, then those from the command line. False without memory. */
static bool collect_parameters(const struct macro *macro, const struct node *values, struct arena *arena,
			       struct option_list *ret_list)
{
	size_t given = macro->parameters ? macro->parameters->count : 0;
	size_t count = values && values->kind == NODE_OBJECT ? values->count : 0;

	*ret_list =
	    (struct option_list){.values = arena_allocate_array(arena, count + given + 1, sizeof(const char *))};
	if (!ret_list->values)
		return false;
	for (const struct node *value = count > 0 ? values->first : NULL; value; value = value->next) {
		struct text pair = arena_format(arena, TEXT_FORMAT "=" TEXT_FORMAT, TEXT_ARGUMENTS(value->key->text),
						TEXT_ARGUMENTS(parameter_text(arena, value)));

		if (!pair.bytes)
			return false;
		ret_list->values[ret_list->count++] = pair.bytes;
	}
	for (size_t i = 0; i < given; i++)
		ret_list->values[ret_list->count++] = macro->parameters->values[i];
	return true;
}

/* A template's declarations by name, for fragments that come without them: what has a value is a parameter. */
static struct node *declare_all(const struct node *values, struct arena *arena)
{
	struct node *parameters = node_new(arena, NODE_OBJECT);

	for (const struct node *value = values && values->kind == NODE_OBJECT ? values->first : NULL;
	     value && parameters; value = value->next) {
		struct node *declaration = node_new(arena, NODE_OBJECT);

		if (!declaration)
			return NULL;
		declaration->key = value->key;
		node_append(parameters, declaration);
	}
	return parameters;
}

/* ---- secrets ---- */

/* The text with each `value` in it replaced by "${NAME}". */
static struct text hide(struct arena *arena, struct text text, struct text value, struct text name)
{
	struct buffer buffer = BUFFER_INIT;
	size_t at;

	if (text_find(text, value) == SIZE_MAX)
		return text;
	while ((at = text_find(text, value)) != SIZE_MAX) {
		buffer_append_text(&buffer, text_slice(text, 0, at));
		buffer_printf(&buffer, "${" TEXT_FORMAT "}", TEXT_ARGUMENTS(name));
		text = text_slice(text, at + value.length, SIZE_MAX);
	}
	buffer_append_text(&buffer, text);
	text = arena_copy_text(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text.bytes ? text : TEXT("(no memory)");
}

static void hide_in_report(struct report *report, struct text value, struct text name)
{
	for (struct diagnostic *diagnostic = report->first_diagnostic; diagnostic; diagnostic = diagnostic->next)
		diagnostic->message = hide(report->arena, diagnostic->message, value, name);
	for (struct decision *decision = report->first_decision; decision; decision = decision->next) {
		decision->reason = hide(report->arena, decision->reason, value, name);
		decision->container = hide(report->arena, decision->container, value, name);
	}
}

/* `declarations` NULL: the fragment does not say which parameters are secret, so all may be. */
static bool may_be_secret(struct text value, struct text name, const struct node *declarations)
{
	const struct node *no_echo = node_member(node_member_named(declarations, name), "NoEcho");

	if (!declarations)
		return value.length >= HIDDEN_BYTES_MIN;
	return value.length > 0 && no_echo && text_is(no_echo->text, "true");
}

static void hide_secrets(struct report *report, const struct node *values, const struct node *declarations)
{
	for (struct decision *decision = report->first_decision; decision; decision = decision->next)
		decision->before = decision->after = TEXT_EMPTY;
	for (const struct node *value = values && values->kind == NODE_OBJECT ? values->first : NULL; value;
	     value = value->next) {
		struct text text = parameter_text(report->arena, value);

		if (may_be_secret(text, value->key->text, declarations))
			hide_in_report(report, text, value->key->text);
	}
}

/* ---- the response ---- */

static void write_failure(struct json_writer *writer, const struct report *report)
{
	struct buffer message = BUFFER_INIT;

	for (const struct diagnostic *diagnostic = report->first_diagnostic;
	     diagnostic && message.length < MESSAGE_BYTES_MAX; diagnostic = diagnostic->next) {
		if (diagnostic->severity != SEVERITY_ERROR)
			continue;
		if (message.length > 0)
			buffer_append_string(&message, "; ");
		if (diagnostic->resource.length > 0)
			buffer_printf(&message, TEXT_FORMAT ": ", TEXT_ARGUMENTS(diagnostic->resource));
		buffer_append_text(&message, diagnostic->message);
	}
	json_key(writer, TEXT("status"));
	json_string(writer, TEXT("failure"));
	json_key(writer, TEXT("errorMessage"));
	json_string(writer, message.length > 0 ? buffer_text(&message) : TEXT("no memory"));
	buffer_release(&message);
}

static void write_response(struct buffer *response, struct text request_id, struct text fragment, bool good,
			   const struct report *report)
{
	struct json_writer writer;

	json_writer_init(&writer, response);
	json_begin_object(&writer);
	json_key(&writer, TEXT("requestId"));
	json_raw(&writer, request_id);
	if (good) {
		json_key(&writer, TEXT("status"));
		json_string(&writer, TEXT("success"));
	} else {
		write_failure(&writer, report);
	}
	json_key(&writer, TEXT("fragment"));
	json_raw(&writer, fragment);
	json_end_object(&writer);
}

/* ---- one event ---- */

static char *event_string(const struct node *event, const char *name, struct arena *arena)
{
	struct text text = node_member_text(event, name);

	return text.length > 0 ? arena_copy_string(arena, text) : NULL;
}

/* The fragment after the transformation; false with a reason in the report. */
static bool transform(const struct macro *macro, const struct node *event, struct text fragment, struct arena *arena,
		      struct report *report, struct text *ret_fragment)
{
	const struct node *node = node_member(event, "fragment"),
			  *values = node_member(event, "templateParameterValues"), *params = node_member(event, "params");
	struct image_lookup images = *macro->images;
	struct option_list parameters;
	struct resolver resolver = {.hides_values = true,
				    .values = &parameters,
				    .region = event_string(event, "region", arena),
				    .account = event_string(event, "accountId", arena)};
	struct frame frame;
	struct text text, output;

	images.arena = arena;
	/* They would be lost otherwise, and with them what their writer counts on. */
	if (params && params->first) {
		report_at(report, SEVERITY_ERROR, SIZE_MAX,
			  "the parameter " TEXT_FORMAT
			  " is not known: this macro takes none; its options stand in its function's command, those of one "
			  "template in tags and labels",
			  TEXT_ARGUMENTS(params->kind == NODE_OBJECT ? params->first->key->text : TEXT("params")));
		return false;
	}
	if (!choose_frame(node, &frame)) {
		report_at(report, SEVERITY_ERROR, SIZE_MAX,
			  "the fragment is no template, no resource and no task definition's properties");
		return false;
	}
	if (frame.before.length == 0) {
		text = fragment;
	} else {
		struct buffer buffer = BUFFER_INIT;

		buffer_append_text(&buffer, frame.before);
		buffer_append_text(&buffer, fragment);
		buffer_append_text(&buffer, frame.behind);
		text = arena_copy_text(arena, buffer_text(&buffer));
		buffer_release(&buffer);
		resolver.parameters = declare_all(values, arena);
	}
	if (!text.bytes || !collect_parameters(macro, values, arena, &parameters)) {
		report_at(report, SEVERITY_ERROR, SIZE_MAX, "no memory");
		return false;
	}
	report->source = text;
	if (!cloudformation_transform(text, ACTION_INSTRUMENT, macro->options, &images, &resolver, arena, report,
				      &output))
		return false;
	if (report->instrumented_count < macro->required) {
		report_at(report, SEVERITY_ERROR, SIZE_MAX, "%zu containers are wrapped, %zu are required",
			  report->instrumented_count, macro->required);
		return false;
	}
	if (!text_starts_with(output, frame.before) || !text_ends_with(output, frame.behind)) {
		report_at(report, SEVERITY_ERROR, SIZE_MAX,
			  "this needs a change outside of the fragment: transform the whole task definition, or use "
			  "--delivery=embedded");
		return false;
	}
	*ret_fragment =
	    text_slice(output, frame.before.length, output.length - frame.before.length - frame.behind.length);
	return true;
}

bool macro_answer(const struct macro *macro, struct text event, struct arena *arena, struct report *report,
		  struct buffer *response, bool *ret_has_response)
{
	const struct node *root, *request_id, *fragment, *declarations;
	struct text output = TEXT_EMPTY;
	bool good;

	*report = report_of(arena, event);
	*ret_has_response = false;
	root = json_scan(event, arena, report);
	if (!root)
		return false;
	request_id = node_member(root, "requestId");
	if (!request_id || request_id->kind != NODE_STRING) {
		report_node(report, SEVERITY_ERROR, root, "this is no event of a macro: it has no requestId");
		return false;
	}
	fragment = node_member(root, "fragment");
	if (!fragment) {
		report_node(report, SEVERITY_ERROR, root, "the event has no fragment");
		good = false;
	} else {
		good = transform(macro, root, node_source(event, fragment), arena, report, &output);
	}
	declarations = node_member(fragment, "Resources") ? node_member(fragment, "Parameters") : NULL;
	hide_secrets(report, node_member(root, "templateParameterValues"),
		     node_member(fragment, "Resources") && !declarations ? fragment : declarations);
	if (!good)
		output = fragment ? node_source(event, fragment) : TEXT("null");
	write_response(response, node_source(event, request_id), output, good, report);
	*ret_has_response = !response->failed;
	return good && !response->failed;
}
