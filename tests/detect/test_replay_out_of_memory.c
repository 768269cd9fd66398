/*
 * The whole way from bundle and capture to alerts, with each allocation failing in turn: it ends with an error or, where
 * losing something is allowed (state, fields), with the event; never with a crash or a leak.
 */
#include <errno.h>

#include "detect/alert_build.h"
#include "detect/ruleset_load.h"
#include "event/sources/scap_read.h"
#include "event/state/state.h"
#include "proto/alert_json.h"
#include "tests/support/capture_builder.h"
#include "tests/support/check_main.h"
#include "tests/support/failing_allocator.h"
#include "tests/support/memory_file.h"
#include "tests/support/small_program.h"

#define CLOSES 40

static void build_bundle(struct buffer *bundle)
{
	struct bundle_manifest manifest = {.name = TEXT("test"), .channel = TEXT("stable"), .version = 1, .created_s = 1};
	struct buffer program = BUFFER_INIT;
	struct program_refusal reason;
	struct bundle_refusal refusal;
	struct program *loaded;

	small_program_build(&program);
	ck_assert_int_eq(program_load(program.bytes, program.length, &loaded, &reason), 0);
	memcpy(manifest.schema_id, program_schema_id(loaded).bytes, sizeof manifest.schema_id);
	program_free(loaded);
	ck_assert_int_eq(bundle_build(&manifest, buffer_text(&program), bundle, &refusal), BUNDLE_REFUSAL_NONE);
	buffer_release(&program);
}

/* Lists, enter events to remember, large events, closes that match. */
static void build_capture(struct buffer *capture)
{
	static char large[300000];
	struct capture_parameter container[] = {capture_u32(0), capture_string("other"),
						capture_bytes(text_of(large, sizeof large))};
	struct capture_parameter read[] = {capture_i64(3), capture_u32(100)};
	size_t block;

	capture_section_header(capture);
	block = capture_begin_block(capture, 0x205);
	buffer_append_u16(capture, 1);
	buffer_append_u16(capture, 0);
	buffer_append_zeros(capture, 20);
	capture_end_block(capture, block);
	block = capture_begin_block(capture, 0x206);
	buffer_append_byte(capture, 1);
	buffer_append_u32(capture, 0);
	capture_text(capture, TEXT("root"));
	capture_end_block(capture, block);
	block = capture_begin_block(capture, 0x202);
	for (unsigned i = 0; i < 3; i++)
		buffer_append_u64(capture, 42);
	for (unsigned i = 0; i < 4; i++)
		capture_text(capture, TEXT("text"));
	buffer_append_zeros(capture, 20);
	capture_end_block(capture, block);
	block = capture_begin_block(capture, 0x203);
	buffer_append_u64(capture, 42);
	buffer_append_u64(capture, 3);
	buffer_append_u64(capture, 0);
	buffer_append_byte(capture, 1);
	capture_text(capture, TEXT("/file"));
	capture_end_block(capture, block);
	capture_event(capture, EVENT_ASYNCEVENT_E, 1, -1, container, 3);
	for (unsigned i = 0; i < CLOSES; i++) {
		struct capture_parameter close[] = {capture_i64(0), capture_i64(3)};

		capture_event(capture, EVENT_SYSCALL_READ_E, 1, i, read, 2);
		capture_event(capture, EVENT_SYSCALL_CLOSE_X, i, 42, close, 2);
	}
}

/* Whether everything went well. */
static bool replay(struct text bundle, const char *path)
{
	const struct bundle_checks checks = {.accept_unsigned = true};
	const struct alert_builder_options options = {.host_name = TEXT("h")};
	struct state *state = state_new(NULL, NULL);
	struct ruleset_runner *runner = state ? ruleset_runner_new(state) : NULL;
	struct alert_builder *builder = alert_builder_new(&options);
	struct event_source *source = NULL;
	struct ruleset *ruleset = NULL;
	struct bundle_refusal refusal;
	struct buffer json = BUFFER_INIT;
	struct event event;
	unsigned alerts = 0;
	int status = -ENOMEM;
	bool is_fine;

	is_fine = runner && builder && ruleset_load(bundle, &checks, NULL, &ruleset, &refusal) == BUNDLE_REFUSAL_NONE &&
		  ruleset_runner_set_program(runner, ruleset->program, RULE_MATCHING_ALL) == 0 &&
		  scap_source_open(path, &source) == 0;
	while (is_fine && (status = source->next(source, state, &event)) == 1) {
		const struct rule_match *matches;
		uint32_t count;

		state_apply(state, &event);
		count = ruleset_run(runner, &event, &matches);
		for (uint32_t i = 0; i < count; i++) {
			const struct alert *alert = alert_build(builder, runner, &event, matches[i].rule, NULL, 0);

			is_fine = is_fine && alert;
			if (alert)
				alert_json_append(&json, alert);
			alerts += alert != NULL;
		}
	}
	if (is_fine && status < 0)
		ck_assert_int_eq(status, -ENOMEM);
	is_fine = is_fine && status == 0 && alerts == CLOSES && !json.failed;
	if (source)
		source->free(source);
	buffer_release(&json);
	alert_builder_free(builder);
	ruleset_runner_free(runner);
	ruleset_free(ruleset);
	state_free(state);
	return is_fine;
}

START_TEST(each_allocation_fails_in_turn)
{
	struct buffer bundle = BUFFER_INIT, capture = BUFFER_INIT, packed = BUFFER_INIT;
	struct memory_file file;
	size_t n, failures = 0;

	build_bundle(&bundle);
	build_capture(&capture);
	gzip_append(&packed, capture.bytes, capture.length);
	file = memory_file_new(packed.bytes, packed.length);
	ck_assert(replay(buffer_text(&bundle), file.path));
	for (n = 1;; n++) {
		bool is_fine;

		failing_allocator_arm(n);
		is_fine = replay(buffer_text(&bundle), file.path);
		if (!failing_allocator_disarm()) {
			ck_assert(is_fine);
			break;
		}
		failures += !is_fine;
	}
	ck_assert_uint_gt(n, 50);
	ck_assert_uint_gt(failures, 10);
	memory_file_close(&file);
	buffer_release(&bundle);
	buffer_release(&capture);
	buffer_release(&packed);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("replay_out_of_memory");
	TCase *c = tcase_create("replay_out_of_memory");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, each_allocation_fails_in_turn);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
