/*
 * Every field at every event, with parameters that are well, empty, missing, of other sizes or not known yet: nothing crashes
 * under the sanitizers, values are of the catalogue's types and within its bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "catalog/phase.h"
#include "catalog/value_bounds.h"
#include "tests/support/check_main.h"
#include "tests/support/event_fixture.h"
#include "tests/support/random.h"

static struct event_fixture fixture;

static void fill_state(void)
{
	fixture_add_processes(&fixture);
	fixture_add_descriptor(&fixture, 100, 0, 7, "pipe:[1]");
	fixture_add_descriptor(&fixture, 100, 1, 1, "/tmp/out");
	fixture_add_descriptor(&fixture, 100, 2, 2, "/tmp");
	fixture_add_descriptor(&fixture, 100, 3, 3, ""); /* IPv4 */
}

static void open_fixture(void)
{
	fixture_open(&fixture);
	fill_state();
}

static void close_fixture(void)
{
	fixture_close(&fixture);
}

/* The arguments that make sense for a field, and some that do not. */
static const char *const arguments[] = {NULL, "0", "1", "7", "-1", "HOME", "flags", "name", "data", "res", "openat",
					"src", "dst", "cpu", "[a-", "/etc", "9223372036854775807"};

static void fill_parameters(struct random_source *random, unsigned type)
{
	uint8_t bytes[512];

	for (unsigned i = 0; i < event_parameter_count(type); i++) {
		const struct event_parameter_info *info = event_parameter_info(type, i);
		unsigned size = type_size_bytes((enum value_type)info->type);
		size_t length = random_below(random, sizeof bytes);

		for (size_t j = 0; j < length; j++)
			bytes[j] = random_below(random, 4) == 0 ? (uint8_t)random_next(random)
								: (uint8_t)"/.a\0\1\2\n"[random_below(random, 7)];
		switch (random_below(random, 8)) {
		case 0: /* empty */
			length = 0;
			break;
		case 1: /* of any size */
			break;
		case 2:
			fixture_bytes(&fixture, info->name, bytes, 0);
			fixture_parameter_state(&fixture, info->name,
						(enum parameter_state)random_below(random, PARAMETER_UNKNOWN + 1));
			continue;
		case 3: /* a small number, likely a descriptor or a process */
			if (size > 0) {
				fixture_number(&fixture, info->name, (int64_t)random_below(random, 110) - 5);
				continue;
			}
			break;
		default:
			if (size > 0) {
				memset(bytes, (int)random_next(random), sizeof bytes);
				length = size;
			}
		}
		fixture_bytes(&fixture, info->name, bytes, length);
	}
}

/* Fields that had a value at some event of this process. */
static bool has_been_present[FIELD_COUNT];

static void check_value(const struct value *value, const struct field_request *request, unsigned type)
{
	const struct field_info *info = field_info(request->field);
	enum value_kind kind = type_kind((enum value_type)value->type);

	if (field_is_never_present(request, type))
		ck_assert_msg(value->state == VALUE_ABSENT, "%s has a value at %s", info->name, event_info(type)->constant);
	if (value->state != VALUE_PRESENT && value->state != VALUE_PREDICTED)
		return;
	has_been_present[request->field] = true;
	ck_assert_msg(!field_without_value(request->field), "%s never has a value, says the catalogue", info->name);
	if (request->field != FIELD_EVT_RAWARG)
		ck_assert_msg(value->type == info->type, "%s is %s", info->name, type_name((enum value_type)value->type));
	if (value->is_list) {
		ck_assert(info->is_list || (request->flags & SLOT_FLAG_EACH) != 0);
		for (uint32_t i = 0; i < value->length; i++) {
			ck_assert_int_eq(value->elements[i].state, VALUE_PRESENT);
			ck_assert(!value->elements[i].is_list);
			ck_assert_uint_eq(value->elements[i].type, value->type);
		}
		return;
	}
	ck_assert(!info->is_list);
	if (kind == KIND_STRING)
		ck_assert_msg(value->length == 0 || !memchr(value->bytes, 0, value->length), "%s has a NUL inside", info->name);
	switch (kind) {
	case KIND_STRING:
	case KIND_BYTES:
		if (request->has_argument || (info->flags & FIELD_FLAG_ANY_ANCESTOR) == 0)
			ck_assert_msg(value->length <= field_bytes_max(request, type), "%s at %s: %u bytes, not %u", info->name,
				      event_info(type)->constant, value->length, field_bytes_max(request, type));
		break;
	case KIND_ADDRESS:
	case KIND_NETWORK:
		ck_assert(value->length == 4 || value->length == 16);
		break;
	case KIND_BOOLEAN:
		ck_assert_uint_le(value->number, 1);
		break;
	default:
		break;
	}
}

static void ask_fields(unsigned type, bool only_those_without_value_so_far)
{
	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		const struct field_info *info = field_info(field);

		if (only_those_without_value_so_far && has_been_present[field])
			continue;
		for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
			struct field_request request = {.field = (uint16_t)field};
			struct value value;
			uint64_t number;

			if (arguments[i] && info->argument == ARGUMENT_NONE)
				break;
			if (!arguments[i] && (info->flags & FIELD_FLAG_ARG_REQUIRED) != 0 && field != FIELD_EVT_ABSPATH)
				continue;
			if (arguments[i]) {
				request.has_argument = true;
				request.argument = text_from_string(arguments[i]);
				request.argument_is_number = text_to_u64(request.argument, &number);
				request.argument_number = request.argument_is_number ? (int64_t)number : -1;
			}
			for (unsigned flags = 0; flags <= SLOT_FLAG_EACH; flags++) {
				request.flags = (uint16_t)flags;
				field_get(fixture.reader, UINT32_MAX, &request, &value);
				check_value(&value, &request, type);
				buffer_clear(&fixture.text);
				value_text_append(&fixture.text, &value, field_style(fixture.reader, UINT32_MAX, &request));
				ck_assert(!fixture.text.failed);
				value_json_kind(&value, field_style(fixture.reader, UINT32_MAX, &request));
			}
		}
	}
}

START_TEST(every_field_at_every_event)
{
	struct random_source random = {.state = (uint64_t)_i + 1};

	for (unsigned type = 0; type < EVENT_ID_COUNT; type++) {
		static const int64_t tids[] = {100, 50, 1, 4242, -1};

		if (event_info(type)->event_class == EVENT_CLASS_NONE)
			continue;
		fixture_start(&fixture, type, tids[random_below(&random, 5)]);
		if (_i > 0)
			fill_parameters(&random, type);
		fixture_apply(&fixture);
		ask_fields(type, false);
	}
	ck_assert_uint_eq(field_reader_counters(fixture.reader)->memory_failures, 0);
}
END_TEST

#define CONTAINER_ID "0123456789ab"

/* A process in a container, about which everything is known. */
static void add_contained_process(int64_t tid)
{
	struct process_entry entry = fixture_process(tid, 50, "contained");
	const struct container *container;

	entry.cgroups = TEXT("cpu=/docker/" CONTAINER_ID "0000000000000000000000000000000000000000000000000000\0");
	entry.clone_time_ns = entry.exe_ctime_ns = entry.exe_mtime_ns = 5;
	entry.pidns_init_start_ns = 4;
	entry.exe_inode = 1;
	ck_assert_int_eq(state_add_process(fixture.state, &entry), 0);
	fixture_add_descriptor(&fixture, tid, 0, 1, "/tmp/in");
	thread_find(fixture.state->threads, tid)->exe_ctime_to_clone_ns = 1;
	thread_find(fixture.state->threads, tid)->pidns_start_to_exe_ctime_ns = 1;
	ck_assert_int_eq(container_table_add_json(
				 fixture.state->containers,
				 TEXT("{\"container\":{\"id\":\"" CONTAINER_ID "\",\"type\":0,\"cni_json\":\"{}\","
				      "\"Mounts\":[{\"Source\":\"/etc\",\"Destination\":\"/etc\"}],\"labels\":{\"name\":\"v\","
				      "\"io.kubernetes.pod.name\":\"p\",\"io.kubernetes.pod.namespace\":\"n\","
				      "\"io.kubernetes.pod.uid\":\"u\"},\"pod_sandbox_labels\":{\"name\":\"v\"}}}"),
				 &container),
			 0);
}

static void use_descriptor(unsigned type, int64_t number)
{
	/* One entry: number and events. */
	const uint8_t list[12] = {1, 0, (uint8_t)number, [10] = 1};

	for (unsigned i = event_has_result(type) ? 1 : 0; i < event_parameter_count(type); i++) {
		if (event_parameter_info(type, i)->type == TYPE_FD)
			fixture_number(&fixture, event_parameter_info(type, i)->name, number);
		if (event_parameter_info(type, i)->type == TYPE_FDLIST)
			fixture_bytes(&fixture, event_parameter_info(type, i)->name, list, sizeof list);
	}
}

/* What `tercelc list fields --status` calls implemented is not an empty function. */
START_TEST(every_implemented_field_has_a_value)
{
	struct random_source random = {.state = 77};

	/* With some of the open descriptors, then with parameters of all kinds. */
	for (unsigned round = 0; round < 12; round++) {
		for (unsigned type = 0; type < EVENT_ID_COUNT; type++) {
			if (event_info(type)->event_class == EVENT_CLASS_NONE)
				continue;
			/* What earlier events ended shall be there. */
			state_reset(fixture.state);
			fill_state();
			add_contained_process(200);
			fixture_start(&fixture, type, round % 2 ? 200 : 100);
			if (round < 4)
				use_descriptor(type, round % 2 ? 0 : round + 1);
			else
				fill_parameters(&random, type);
			fixture_apply(&fixture);
			ask_fields(type, true);
		}
	}
	for (unsigned field = 0; field < FIELD_COUNT; field++)
		ck_assert_msg(has_been_present[field] || field_without_value(field), "%s had no value",
			      field_info(field)->name);
}
END_TEST

START_TEST(every_field_before_every_event)
{
	struct random_source random = {.state = (uint64_t)_i + 1000};

	for (unsigned type = 0; type < EVENT_ID_COUNT; type++) {
		const struct event_info *info = event_info(type);

		if (info->event_class != EVENT_CLASS_SYSCALL || info->direction != DIRECTION_EXIT)
			continue;
		fixture_start(&fixture, type, 100);
		if (_i > 0)
			fill_parameters(&random, type);
		fixture.event.stage = STAGE_ENTER;
		for (unsigned i = 0; i < event_parameter_count(type); i++)
			if (event_parameter_info(type, i)->source == PARAMETER_SOURCE_RESULT ||
			    event_parameter_info(type, i)->source == PARAMETER_SOURCE_KERNEL)
				fixture.event.parameters[i].state = PARAMETER_UNKNOWN;
		fixture_apply(&fixture);
		ask_fields(type, false);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("fields_every");
	TCase *every = tcase_create("every"), *implemented = tcase_create("implemented");

	tcase_add_checked_fixture(every, open_fixture, close_fixture);
	tcase_set_timeout(every, 120);
	tcase_add_loop_test(every, every_field_at_every_event, 0, 4);
	tcase_add_checked_fixture(implemented, open_fixture, close_fixture);
	tcase_set_timeout(implemented, 120);
	tcase_add_test(implemented, every_implemented_field_has_a_value);
	tcase_add_loop_test(every, every_field_before_every_event, 0, 2);
	suite_add_tcase(all, every);
	suite_add_tcase(all, implemented);
	return all;
}

CHECK_MAIN(suite)
