/*
 * Fuzz target: any bytes as events. They go through conversion, state and fields as those of a capture do, before the call
 * (some of them) and after it; fields are asked with arguments and rendered as text and as JSON, the way alerts are. It
 * stands here rather than with event/ because rendering as JSON is that of alerts.
 *
 * The input: a byte of options, then events:
 *
 *	u16 type, modulo the number of types; bit 15: before the call, too
 *	i32 thread
 *	u8 pick: which fields are asked, and which argument they get
 *	u8 parameters; for each u8 length (255: u16 length behind it) and its bytes
 *
 * What is cut off at the end is as good as empty. fuzz_fields_seeds.py makes inputs of captures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "catalog/value_bounds.h"
#include "detect/alert_build.h"
#include "event/sources/event_convert.h"
#include "event/state/state.h"
#include "proto/alert_json.h"
#include "tests/support/fuzz_target.h"
#include "tests/support/small_program.h"

#define EVENTS_MAX 64
#define FIELDS_PER_EVENT 24
#define MADE_PARAMETER_BYTES_MAX 8192u
#define TIME_START UINT64_C(1566230400010000000)

enum option { OPTION_LOOKUP = 1, OPTION_FIXED_CONTAINER = 2, OPTION_SMALL_LIMITS = 4, OPTION_EVERY_FIELD_AT_END = 8 };

/* ---- what never changes: the program whose rule the alerts are of, and all ways to ask for a field ---- */

/* Arguments that mean something to some field, and some that do not. */
static const char *const argument_texts[] = {
	"0", "1", "2", "7", "-1", "9223372036854775807", "HOME", "PATH", "flags", "name", "data", "res", "fd", "path", "openat",
	"connect", "src", "dst", "source", "target", "cpu", "memory", "app", "/etc", "[a-", "/data*", "",
};

#define ARGUMENT_COUNT (sizeof argument_texts / sizeof argument_texts[0])

static struct program *program;
static struct append_field *requests; /* every field with every argument it takes */
static size_t request_count;

static void add_request(struct text name, bool is_indexed, const char *argument)
{
	char text[200];
	char *kept;

	if (!argument)
		snprintf(text, sizeof text, TEXT_FORMAT, TEXT_ARGUMENTS(name));
	else
		snprintf(text, sizeof text, TEXT_FORMAT "%s%s%s", TEXT_ARGUMENTS(name), is_indexed ? "[" : ".", argument,
			 is_indexed ? "]" : "");
	kept = strdup(text);
	require(kept, "memory");
	if (append_field_parse(text_from_string(kept), &requests[request_count]))
		request_count++;
	else
		free(kept);
}

static void prepare(void)
{
	struct buffer bytes = BUFFER_INIT;
	struct program_refusal reason;

	if (program)
		return;
	small_program_build(&bytes);
	require(program_load(bytes.bytes, bytes.length, &program, &reason) == 0, "the program is well");
	buffer_release(&bytes);
	requests = calloc(FIELD_COUNT * (2 * ARGUMENT_COUNT + 1), sizeof *requests);
	require(requests, "memory");
	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		struct text name = text_from_string(field_info(field)->name);

		add_request(name, false, NULL);
		for (size_t i = 0; i < ARGUMENT_COUNT; i++) {
			add_request(name, true, argument_texts[i]);
			add_request(name, false, argument_texts[i]);
		}
	}
}

/* ---- where unknown things come from on a live machine ---- */

static struct process_entry process_entry_of(int64_t tid)
{
	struct process_entry entry = PROCESS_ENTRY_INIT;

	entry.tid = entry.vtid = tid;
	entry.pid = entry.vpid = entry.pgid = entry.sid = tid & ~INT64_C(1);
	entry.ptid = tid / 2;
	entry.comm = TEXT("found");
	entry.exe = TEXT("./found");
	entry.exepath = TEXT("/usr/bin/found");
	entry.arguments = TEXT("-x\0a b\0");
	entry.environment = TEXT("HOME=/home/ann\0PATH=\0odd\0");
	entry.cgroups = TEXT("cpu=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\0memory=/\0");
	entry.cwd = TEXT("/home/ann");
	entry.root = TEXT("/");
	return entry;
}

static int find_process(const struct state_lookup *lookup, int64_t tid, struct process_entry *ret_entry)
{
	(void)lookup;
	*ret_entry = process_entry_of(tid);
	return tid % 3 == 0 ? -1 : 0;
}

static int find_descriptor(const struct state_lookup *lookup, const struct thread *thread, int64_t number,
			   struct descriptor_entry *ret_entry)
{
	(void)lookup;
	(void)thread;
	*ret_entry = (struct descriptor_entry){
		.number = number, .list_type = (uint8_t)(number % 24), .protocol = (uint8_t)(number % 6), .name = TEXT("/found")};
	return number % 5 == 0 ? -1 : 0;
}

static struct state *new_state(unsigned options)
{
	static const struct state_lookup lookup = {.find_process = find_process, .find_descriptor = find_descriptor};
	static const struct state_limits small = {.threads = 6, .descriptors_per_process = 4, .containers = 2, .users = 3};
	struct state *state = state_new(options & OPTION_SMALL_LIMITS ? &small : NULL, options & OPTION_LOOKUP ? &lookup : NULL);

	require(state, "memory");
	if (options & OPTION_FIXED_CONTAINER)
		require(state_fix_container(state, TEXT("0123456789ab")) == 0, "memory");
	for (int64_t tid = 1; tid <= 4; tid++) {
		struct process_entry entry = process_entry_of(tid);

		state_add_process(state, &entry);
		for (int64_t number = 0; number < 4; number++) {
			struct descriptor_entry descriptor;

			find_descriptor(NULL, NULL, tid * 5 + number + 1, &descriptor);
			descriptor.number = number;
			state_add_descriptor(state, tid, &descriptor);
		}
	}
	user_table_add(state->users, TEXT_EMPTY, 0, 0, TEXT("root"), TEXT("/root"), TEXT("/bin/sh"));
	return state;
}

/* ---- one input ---- */

struct run {
	struct byte_reader input;
	struct state *state;
	struct event_converter *converter;
	struct ruleset_runner *runner;
	struct alert_builder *builder;
	struct append_field fields[FIELDS_PER_EVENT];
	struct event event;
	uint8_t *memory[EVENT_PARAMETERS_MAX]; /* each of its exact size: the sanitizer sees a read beyond it */
	struct buffer text;
	uint8_t pick;
};

static void check_value(struct run *run, const struct append_field *field)
{
	const struct field_info *info = field_info(field->request.field);
	enum value_kind kind;
	struct value value;

	field_get(ruleset_runner_fields(run->runner), UINT32_MAX, &field->request, &value);
	if (value.state != VALUE_PRESENT || value.is_list)
		return;
	require(info->is_list == value.is_list, "only fields that are lists give lists");
	require(field->request.field == FIELD_EVT_RAWARG || value.type == info->type, "a value is of its field's type");
	kind = type_kind((enum value_type)value.type);
	if (kind == KIND_STRING)
		require(value.length == 0 || !memchr(value.bytes, 0, value.length), "texts hold no NUL");
	if ((kind == KIND_STRING || kind == KIND_BYTES) &&
	    (field->request.has_argument || (info->flags & FIELD_FLAG_ANY_ANCESTOR) == 0) &&
	    value.length > field_bytes_max(&field->request, run->event.type)) {
		fprintf(stderr, TEXT_FORMAT " at %s: %u bytes\n", TEXT_ARGUMENTS(field->name),
			event_info(run->event.type)->constant, value.length);
		require(false, "values keep their bounds");
	}
}

/* An alert with the fields from `first` on, as text and as JSON. */
static void render(struct run *run, size_t first)
{
	const struct alert *alert;

	for (size_t i = 0; i < FIELDS_PER_EVENT; i++) {
		run->fields[i] = requests[(first + i) % request_count];
		check_value(run, &run->fields[i]);
	}
	alert = alert_build(run->builder, run->runner, &run->event, run->pick % SMALL_PROGRAM_RULES, NULL, 0);
	require(alert, "an alert within its bounds");
	buffer_clear(&run->text);
	alert_json_append(&run->text, alert);
	alert_text_append(&run->text, alert);
	require(!run->text.failed, "memory");
	require(utf8_is_valid(buffer_text(&run->text)), "alerts are UTF-8");
}

static void evaluate(struct run *run, enum event_stage stage)
{
	const struct rule_match *matches;

	run->event.stage = (uint8_t)stage;
	for (unsigned i = 0; i < run->event.parameter_count; i++) {
		uint8_t source = event_parameter_info(run->event.type, i)->source;

		if (run->event.parameters[i].state == PARAMETER_UNKNOWN)
			run->event.parameters[i].state = PARAMETER_PRESENT;
		if (stage == STAGE_ENTER && (source == PARAMETER_SOURCE_RESULT || source == PARAMETER_SOURCE_KERNEL))
			run->event.parameters[i].state = PARAMETER_UNKNOWN;
	}
	state_apply(run->state, &run->event);
	ruleset_run(run->runner, &run->event, &matches);
	render(run, (size_t)run->pick * FIELDS_PER_EVENT);
}

static uint8_t *copy(const uint8_t *bytes, size_t length)
{
	uint8_t *kept = malloc(length > 0 ? length : 1);

	require(kept, "memory");
	if (length > 0)
		memcpy(kept, bytes, length);
	return kept;
}

/* False at the end of the input. */
static bool next_event(struct run *run, bool *ret_before)
{
	struct byte_reader *input = &run->input;
	unsigned type = byte_reader_u16(input), count;

	if (input->failed)
		return false;
	*ret_before = type & 0x8000;
	run->event = (struct event){.number = run->event.number + 1, .type = (uint16_t)((type & 0x7fff) % EVENT_ID_COUNT)};
	run->event.timestamp_ns = TIME_START + run->event.number * 1000;
	run->event.starts_section = run->event.number == 1;
	run->event.thread_id = (int32_t)byte_reader_u32(input);
	run->event.descriptor_number = -1;
	run->pick = byte_reader_u8(input);
	count = byte_reader_u8(input) % (EVENT_PARAMETERS_MAX + 1);
	for (unsigned i = 0; i < count; i++) {
		uint32_t length = byte_reader_u8(input);
		const uint8_t *bytes;

		if (length == 255)
			length = byte_reader_u16(input);
		length = length < MADE_PARAMETER_BYTES_MAX ? length : PARAMETER_BYTES_MAX;
		length = length < byte_reader_left(input) ? length : (uint32_t)byte_reader_left(input);
		bytes = byte_reader_take(input, length);
		free(run->memory[i]);
		run->memory[i] = copy(bytes, bytes ? length : 0);
		run->event.parameters[i] = (struct event_parameter){
			.bytes = run->memory[i], .length = bytes ? length : 0, .state = PARAMETER_PRESENT};
	}
	run->event.parameter_count = (uint8_t)count;
	return true;
}

static bool can_be_asked_before(unsigned type)
{
	const struct event_info *info = event_info(type);

	return info->event_class == EVENT_CLASS_SYSCALL && info->direction == DIRECTION_EXIT;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct run run = {.input = byte_reader_of(bytes, size)};
	const struct alert_builder_options builder_options = {
		.host_name = TEXT("host"), .fields = run.fields, .field_count = FIELDS_PER_EVENT};
	unsigned options = byte_reader_u8(&run.input);
	bool before;

	prepare();
	run.state = new_state(options);
	run.converter = event_converter_new();
	run.runner = ruleset_runner_new(run.state);
	run.builder = alert_builder_new(&builder_options);
	require(run.converter && run.runner && run.builder, "memory");
	require(ruleset_runner_set_program(run.runner, program, RULE_MATCHING_ALL) == 0, "memory");
	for (unsigned count = 0; count < EVENTS_MAX && next_event(&run, &before); count++) {
		const char *fault = NULL;
		int result = event_convert(run.converter, &run.event, run.event.parameter_count, &fault);

		require(result >= 0 || fault, "what cannot be converted is explained");
		if (result != CONVERSION_KEEP)
			continue;
		if (before && can_be_asked_before(run.event.type))
			evaluate(&run, STAGE_ENTER);
		evaluate(&run, STAGE_EXIT);
		if ((options & OPTION_EVERY_FIELD_AT_END) && byte_reader_left(&run.input) == 0) {
			for (size_t first = 0; first < request_count; first += FIELDS_PER_EVENT)
				render(&run, first);
		}
	}
	require(run.state->counters.allocation_failures == 0, "no allocation is out of bounds");
	for (unsigned i = 0; i < EVENT_PARAMETERS_MAX; i++)
		free(run.memory[i]);
	buffer_release(&run.text);
	alert_builder_free(run.builder);
	ruleset_runner_free(run.runner);
	event_converter_free(run.converter);
	state_free(run.state);
	return 0;
}
