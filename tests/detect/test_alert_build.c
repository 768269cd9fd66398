#include "detect/alert_build.h"

#include <stdlib.h>
#include <time.h>

#include "base/bytes.h"
#include "event/state/state.h"
#include "proto/alert_json.h"
#include "tests/support/check_main.h"
#include "tests/support/small_program.h"

struct fixture {
	struct state *state;
	struct program *program;
	struct ruleset_runner *runner;
	struct alert_builder *builder;
	struct append_field appended[2];
	uint8_t result[8], number[8];
	uint64_t event_number;
};

static void set_up(struct fixture *fixture, enum rule_matching matching)
{
	struct process_entry process = PROCESS_ENTRY_INIT;
	struct buffer bytes = BUFFER_INIT;
	struct program_refusal refusal;
	struct alert_builder_options options = {.host_name = TEXT("h")};

	*fixture = (struct fixture){.state = state_new(NULL, NULL)};
	process.tid = process.pid = 42;
	process.comm = TEXT("long-name");
	ck_assert_int_eq(state_add_process(fixture->state, &process), 0);
	small_program_build(&bytes);
	ck_assert_msg(program_load(bytes.bytes, bytes.length, &fixture->program, &refusal) == 0, "%s", refusal.message);
	buffer_release(&bytes);
	fixture->runner = ruleset_runner_new(fixture->state);
	ck_assert_ptr_nonnull(fixture->runner);
	ck_assert_int_eq(ruleset_runner_set_program(fixture->runner, fixture->program, matching), 0);
	ck_assert(append_field_parse(TEXT("evt.num"), &fixture->appended[0]));
	ck_assert(append_field_parse(TEXT("proc.aname[9]"), &fixture->appended[1]));
	options.fields = fixture->appended;
	options.field_count = 2;
	fixture->builder = alert_builder_new(&options);
	ck_assert_ptr_nonnull(fixture->builder);
}

static void tear_down(struct fixture *fixture)
{
	alert_builder_free(fixture->builder);
	ruleset_runner_free(fixture->runner);
	program_free(fixture->program);
	state_free(fixture->state);
}

static struct event close_event(struct fixture *fixture, int64_t number, uint64_t timestamp_ns)
{
	struct event event = {.number = ++fixture->event_number,
			      .timestamp_ns = timestamp_ns,
			      .thread_id = 42,
			      .type = EVENT_SYSCALL_CLOSE_X,
			      .parameter_count = 2,
			      .descriptor_number = -1};

	store_u64(fixture->number, (uint64_t)number);
	event.parameters[0] = (struct event_parameter){fixture->result, 8, PARAMETER_PRESENT};
	event.parameters[1] = (struct event_parameter){fixture->number, 8, PARAMETER_PRESENT};
	state_apply(fixture->state, &event);
	return event;
}

static void assert_alert(struct fixture *fixture, const struct event *event, const struct rule_match *match,
			 const char *expected)
{
	const struct alert *alert = alert_build(fixture->builder, fixture->runner, event, match->rule, NULL, 0);
	struct buffer json = BUFFER_INIT;

	ck_assert_ptr_nonnull(alert);
	alert_json_append(&json, alert);
	buffer_append_byte(&json, 0);
	ck_assert_str_eq((const char *)json.bytes, expected);
	buffer_release(&json);
}

START_TEST(a_match_becomes_an_alert)
{
	const struct rule_match *matches;
	struct fixture fixture;
	struct event event;

	set_up(&fixture, RULE_MATCHING_ALL);
	event = close_event(&fixture, 4, 1000);
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 0);
	event = close_event(&fixture, 3, UINT64_C(1566230400010000000));
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 1);
	ck_assert(matches[0].is_certain);
	assert_alert(&fixture, &event, &matches[0],
		     "{\"hostname\":\"h\",\"output\":\"16:00:00.010000000: Warning close 3 by long-|\",\"output_fields\":{"
		     "\"evt.num\":2,\"evt.time\":1566230400010000000,\"fd.num\":3,\"proc.aname[9]\":null,"
		     "\"proc.name\":\"long-name\"},\"priority\":\"Warning\",\"rule\":\"Close of three\",\"source\":\"syscall\","
		     "\"tags\":[\"a\",\"b\"],\"time\":\"2019-08-19T16:00:00.010000000Z\"}");
	tear_down(&fixture);
}
END_TEST

START_TEST(first_takes_one_and_all_takes_every_rule)
{
	const struct rule_match *matches;
	struct fixture fixture;
	struct event event;

	set_up(&fixture, RULE_MATCHING_FIRST);
	ruleset_runner_enable_all(fixture.runner);
	event = close_event(&fixture, 3, 1000);
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 1);
	ck_assert_uint_eq(matches[0].rule, 0);
	event = close_event(&fixture, 4, 1000);
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 1);
	ck_assert_uint_eq(matches[0].rule, 1);
	event.is_hidden = true;
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 0);
	event = close_event(&fixture, 3, 1000);
	event.type = EVENT_SYSCALL_DUP_1_X; /* no rule speaks of it */
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 0);
	tear_down(&fixture);

	set_up(&fixture, RULE_MATCHING_ALL);
	ruleset_runner_enable_all(fixture.runner);
	event = close_event(&fixture, 3, 1000);
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 2);
	ck_assert_uint_eq(matches[0].rule, 0);
	ck_assert_uint_eq(matches[1].rule, 1);
	tear_down(&fixture);
}
END_TEST

/* The text is one use of a field that keeps something; output_fields ask again for the same event. */
START_TEST(fields_that_keep_something_are_used_twice)
{
	const struct rule_match *matches;
	struct fixture fixture;
	struct event event;

	set_up(&fixture, RULE_MATCHING_ALL);
	ruleset_runner_enable_all(fixture.runner);
	event = close_event(&fixture, 4, 1000);
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 1);
	assert_alert(&fixture, &event, &matches[0],
		     "{\"hostname\":\"h\",\"output\":\"00:00:00.000001000: Notice any 1 0 CLOSE\",\"output_fields\":{"
		     "\"evt.deltatime\":0,\"evt.num\":1,\"evt.time\":1000,\"evt.type\":\"close\",\"proc.aname[9]\":null},"
		     "\"priority\":\"Notice\",\"rule\":\"Any close\",\"source\":\"syscall\",\"tags\":[],"
		     "\"time\":\"1970-01-01T00:00:00.000001000Z\"}");
	event = close_event(&fixture, 4, 1700);
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 1);
	assert_alert(&fixture, &event, &matches[0],
		     "{\"hostname\":\"h\",\"output\":\"00:00:00.000001700: Notice any 2 700 CLOSE\",\"output_fields\":{"
		     "\"evt.deltatime\":0,\"evt.num\":2,\"evt.time\":1700,\"evt.type\":\"close\",\"proc.aname[9]\":null},"
		     "\"priority\":\"Notice\",\"rule\":\"Any close\",\"source\":\"syscall\",\"tags\":[],"
		     "\"time\":\"1970-01-01T00:00:00.000001700Z\"}");
	tear_down(&fixture);
}
END_TEST

START_TEST(extra_fields_are_added_in_order)
{
	const struct alert_field extra[] = {
		{TEXT("tercel.unconfirmed"), {.kind = ALERT_VALUE_BOOLEAN, .boolean = true}},
		{TEXT("fd.num"), {.kind = ALERT_VALUE_NULL}}, /* there already */
	};
	const struct rule_match *matches;
	const struct alert *alert;
	struct fixture fixture;
	struct event event;

	set_up(&fixture, RULE_MATCHING_ALL);
	event = close_event(&fixture, 3, 1000);
	ck_assert_uint_eq(ruleset_run(fixture.runner, &event, &matches), 1);
	alert = alert_build(fixture.builder, fixture.runner, &event, 0, extra, 2);
	ck_assert_uint_eq(alert->field_count, 6);
	for (size_t i = 1; i < alert->field_count; i++)
		ck_assert_int_lt(text_compare(alert->fields[i - 1].name, alert->fields[i].name), 0);
	ck_assert(text_is(alert->fields[5].name, "tercel.unconfirmed"));
	ck_assert_int_eq(alert->fields[2].value.kind, ALERT_VALUE_SIGNED);
	tear_down(&fixture);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("alert_build");
	TCase *c = tcase_create("alert_build");

	setenv("TZ", "UTC", 1);
	tzset();
	tcase_add_test(c, a_match_becomes_an_alert);
	tcase_add_test(c, first_takes_one_and_all_takes_every_rule);
	tcase_add_test(c, fields_that_keep_something_are_used_twice);
	tcase_add_test(c, extra_fields_are_added_in_order);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
