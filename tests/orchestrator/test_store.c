/* What the orchestrator must not forget, over closing and opening again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "orchestrator/store/store.h"
#include "tests/support/check_main.h"

static char directory[64];
static struct store *store;

static void open_store(void)
{
	char error[256];

	ck_assert_msg(store_open(directory, &store, error, sizeof error) == 0, "%s", error);
}

static void set_up(void)
{
	snprintf(directory, sizeof directory, "/tmp/tercel-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	open_store();
}

static void tear_down(void)
{
	char command[128];

	store_free(store);
	snprintf(command, sizeof command, "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static void open_again(void)
{
	store_free(store);
	open_store();
}

static void add_alert(uint64_t sequence)
{
	bool is_new;

	ck_assert_int_eq(store_add_alert(store,
					 &(struct store_alert){.agent_id = TEXT("a"),
							       .start_id = 1,
							       .sequence = sequence,
							       .rule = TEXT("rule"),
							       .source = TEXT("syscall"),
							       .json = TEXT("{\"a\":\"\xff\"}")},
					 &is_new),
			 0);
	ck_assert(is_new);
}

static int note_sequence(void *context, const struct store_alert *alert)
{
	uint64_t *next = context;

	ck_assert_uint_eq(alert->sequence, *next);
	ck_assert(text_is(alert->json, "{\"a\":\"\xff\"}"));
	++*next;
	return 0;
}

START_TEST(alerts_come_back_in_order)
{
	uint64_t next = 1, cursor;

	ck_assert_int_eq(store_begin(store), 0);
	for (uint64_t i = 1; i <= 1000; i++)
		add_alert(i);
	ck_assert_int_eq(store_commit(store), 0);
	open_again();
	ck_assert_int_eq(store_each_alert(store, 0, 600, note_sequence, &next), 0);
	ck_assert_uint_eq(next, 601);
	ck_assert_int_eq(store_each_alert(store, 600, 600, note_sequence, &next), 0);
	ck_assert_uint_eq(next, 1001);
	ck_assert_int_eq(store_cursor(store, "stdout", &cursor), 0);
	ck_assert_uint_eq(cursor, 0);
	ck_assert_int_eq(store_set_cursor(store, "stdout", 600), 0);
	open_again();
	ck_assert_int_eq(store_cursor(store, "stdout", &cursor), 0);
	ck_assert_uint_eq(cursor, 600);
}
END_TEST

START_TEST(what_was_not_committed_is_not_there)
{
	uint64_t count;

	ck_assert_int_eq(store_begin(store), 0);
	add_alert(1);
	store_roll_back(store);
	ck_assert_int_eq(store_begin(store), 0);
	add_alert(2);
	open_again(); /* as after a crash */
	ck_assert_int_eq(store_count_alerts(store, &count), 0);
	ck_assert_uint_eq(count, 0);
}
END_TEST

static void remove_alerts(uint64_t keep_count, uint64_t keep_since_ns, uint64_t expected)
{
	struct store_retention retention = {keep_count, keep_since_ns};
	uint64_t removed = 12345;

	ck_assert_int_eq(store_remove_alerts(store, &retention, 100, &removed), 0);
	ck_assert_uint_eq(removed, expected);
}

static int note_alerts_stored(void *context, const struct store_agent *agent)
{
	*(uint64_t *)context = agent->alerts_stored;
	return 0;
}

START_TEST(old_alerts_go_when_every_sink_has_had_them)
{
	uint64_t count, next = 331, stored = 0;

	ck_assert_int_eq(store_register_agent(store, &(struct store_agent){.agent_id = TEXT("a"), .start_id = 1}), 0);
	ck_assert_int_eq(store_begin(store), 0);
	for (uint64_t i = 1; i <= 500; i++)
		add_alert(i);
	ck_assert_int_eq(store_commit(store), 0);
	remove_alerts(10, 0, 0); /* passed on to nobody yet */
	ck_assert_int_eq(store_set_cursor(store, "stdout", 330), 0);
	remove_alerts(0, 0, 0);
	remove_alerts(500, 0, 0);
	remove_alerts(470, 0, 30);
	remove_alerts(10, 0, 100); /* as many as it may at once */
	remove_alerts(0, UINT64_MAX / 2, 100);
	remove_alerts(0, 1, 0); /* younger than that */
	remove_alerts(10, 0, 100);
	remove_alerts(10, 0, 0); /* the rest is not passed on */
	open_again();
	ck_assert_int_eq(store_count_alerts(store, &count), 0);
	ck_assert_uint_eq(count, 170);
	ck_assert_int_eq(store_each_alert(store, 0, 1000, note_sequence, &next), 0);
	ck_assert_uint_eq(next, 501);
	ck_assert_int_eq(store_each_agent(store, note_alerts_stored, &stored), 0);
	ck_assert_uint_eq(stored, 500);
}
END_TEST

static struct store_bundle bundle_of(uint8_t digest, uint64_t version)
{
	struct store_bundle bundle = {.name = TEXT("rules"), .channel = TEXT("stable"), .version = version};

	memset(bundle.digest, digest, sizeof bundle.digest);
	return bundle;
}

START_TEST(bundles_are_kept_whole)
{
	struct store_bundle first = bundle_of(1, 10), second = bundle_of(2, 20), found;
	struct buffer bytes = BUFFER_INIT;
	uint64_t total = 0;

	ck_assert_int_eq(store_newest_bundle(store, TEXT("stable"), &found), -ENOENT);
	ck_assert_int_eq(store_add_bundle(store, &first, TEXT("first bundle")), 0);
	ck_assert_int_eq(store_add_bundle(store, &second, TEXT("second")), 0);
	open_again();
	ck_assert_int_eq(store_newest_bundle(store, TEXT("stable"), &found), 0);
	ck_assert_uint_eq(found.version, 20);
	ck_assert(text_is(found.name, "rules"));
	ck_assert_int_eq(store_newest_bundle(store, TEXT("beta"), &found), -ENOENT);
	ck_assert_int_eq(store_read_bundle(store, first.digest, 6, 100, &total, &bytes), 0);
	ck_assert(text_is(buffer_text(&bytes), "bundle"));
	ck_assert_uint_eq(total, 12);
	buffer_clear(&bytes);
	ck_assert_int_eq(store_read_bundle(store, first.digest, UINT64_MAX, 100, &total, &bytes), 0);
	ck_assert_uint_eq(bytes.length, 0);
	/* Published again, it is the newest to offer, though not the newest version. */
	ck_assert_int_eq(store_add_bundle(store, &first, TEXT("first bundle")), 0);
	ck_assert_int_eq(store_newest_bundle(store, TEXT("stable"), &found), 0);
	ck_assert_uint_eq(found.version, 10);
	ck_assert_int_eq(store_newest_version(store, TEXT("rules"), TEXT("stable"), &found), 0);
	ck_assert_uint_eq(found.version, 20);
	buffer_release(&bytes);
}
END_TEST

static int keep_agent(void *context, const struct store_agent *agent)
{
	*(struct store_agent *)context = *agent;
	ck_assert(text_is(agent->agent_id, "a"));
	return 1;
}

START_TEST(agents_are_known_by_their_newest_start)
{
	struct store_agent agent = {.agent_id = TEXT("a"), .start_id = 1, .host_name = TEXT("one"), .last_seen_ns = 5}, found;

	ck_assert_int_eq(store_register_agent(store, &agent), 0);
	agent.last_sequence = 7;
	agent.last_refusal.code = TEXT("expired");
	ck_assert_int_eq(store_heartbeat(store, &agent), 0);
	/* Said again, it wipes nothing. */
	ck_assert_int_eq(store_register_agent(store, &agent), 0);
	ck_assert_int_eq(store_each_agent(store, keep_agent, &found), 1);
	ck_assert_uint_eq(found.last_sequence, 7);
	/* A late heartbeat of an older start changes nothing. */
	agent.start_id = 2;
	agent.last_sequence = 0;
	ck_assert_int_eq(store_register_agent(store, &agent), 0);
	agent.start_id = 1;
	agent.last_sequence = 9;
	ck_assert_int_eq(store_heartbeat(store, &agent), 0);
	ck_assert_int_eq(store_each_agent(store, keep_agent, &found), 1);
	ck_assert_uint_eq(found.start_id, 2);
	ck_assert_uint_eq(found.last_sequence, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *result = suite_create("store");
	TCase *cases = tcase_create("store");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, alerts_come_back_in_order);
	tcase_add_test(cases, what_was_not_committed_is_not_there);
	tcase_add_test(cases, old_alerts_go_when_every_sink_has_had_them);
	tcase_add_test(cases, bundles_are_kept_whole);
	tcase_add_test(cases, agents_are_known_by_their_newest_start);
	suite_add_tcase(result, cases);
	return result;
}

CHECK_MAIN(suite)
