/* Alerts are acknowledged after they are on disk, stored once, and what cannot be read is counted. */
#include <stdio.h>
#include <stdlib.h>
#include <sqlite3.h>
#include <unistd.h>

#include "orchestrator/collect/batch.h"
#include "orchestrator/collect/collect.h"
#include "orchestrator/store/store.h"
#include "proto/link/alert_record.h"
#include "tests/support/check_main.h"

static char directory[64];
static struct store *store;
static struct batch *batch;
static int answers, answers_before_commit, failed_answers;

/* What another process would see at this moment: only what is committed. */
static int64_t committed_alerts(void)
{
	sqlite3_stmt *statement;
	sqlite3 *other;
	int64_t count = -1;
	char path[128];

	snprintf(path, sizeof path, "%s/tercel.db", directory);
	ck_assert_int_eq(sqlite3_open_v2(path, &other, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(other, "SELECT count(*) FROM alerts", -1, &statement, NULL), SQLITE_OK);
	if (sqlite3_step(statement) == SQLITE_ROW)
		count = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(other);
	return count;
}

/* `request` is the number of alerts that must be stored when the answer leaves. */
static void send_answer(void *context, void *request, struct text answer)
{
	(void)context;
	answers++;
	if (text_is(answer, "failed"))
		failed_answers++;
	else if (committed_alerts() < (int64_t)(intptr_t)request)
		answers_before_commit++;
}

static void set_up(void)
{
	char error[256];

	snprintf(directory, sizeof directory, "/tmp/tercel-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_msg(store_open(directory, &store, error, sizeof error) == 0, "%s", error);
	batch = calloc(1, sizeof(*batch));
	ck_assert_ptr_nonnull(batch);
	batch_init(batch, store, send_answer, NULL, TEXT("failed"));
	answers = answers_before_commit = failed_answers = 0;
}

static void tear_down(void)
{
	char command[128];

	batch_release(batch);
	free(batch);
	store_free(store);
	snprintf(command, sizeof command, "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static int deliver(uint64_t first, uint64_t count, struct collect_result *ret_result)
{
	Tercel__Link__DeliverAlerts delivery = TERCEL__LINK__DELIVER_ALERTS__INIT;
	Tercel__Link__AgentIdentity agent = TERCEL__LINK__AGENT_IDENTITY__INIT;
	char agent_id[] = "agent";
	ProtobufCBinaryData *alerts = calloc(count, sizeof(*alerts));
	struct buffer *records = calloc(count, sizeof(*records));
	int error;

	ck_assert(alerts && records);
	agent.agent_id = agent_id;
	agent.start_id = UINT64_MAX; /* all 64 bits have to survive */
	for (uint64_t i = 0; i < count; i++) {
		ck_assert_int_eq(alert_record_encode(&(struct alert_record){.sequence = first + i,
									    .time_ns = 1,
									    .priority = 4,
									    .rule = TEXT("a rule"),
									    .source = TEXT("syscall"),
									    .json = TEXT("{}")},
						     &records[i]),
				 0);
		alerts[i] = (ProtobufCBinaryData){records[i].length, records[i].bytes};
	}
	delivery.agent = &agent;
	delivery.alerts = alerts;
	delivery.n_alerts = count;
	error = collect_alerts(batch, &delivery, ret_result);
	for (uint64_t i = 0; i < count; i++)
		buffer_release(&records[i]);
	free(records);
	free(alerts);
	return error;
}

START_TEST(an_answer_leaves_after_the_commit)
{
	struct collect_result result;

	for (uint64_t round = 0; round < 5; round++) {
		/* Two requests in one batch: both answers promise what one commit writes. */
		ck_assert_int_eq(deliver(1 + round * 20, 10, &result), 0);
		buffer_append_string(batch_answer(batch, (void *)(intptr_t)(round * 20 + 10)), "ok");
		ck_assert_int_eq(deliver(11 + round * 20, 10, &result), 0);
		buffer_append_string(batch_answer(batch, (void *)(intptr_t)(round * 20 + 20)), "ok");
		ck_assert_int_eq(answers, (int)round * 2);
		ck_assert_int_eq(batch_finish(batch), 0);
	}
	ck_assert_int_eq(answers, 10);
	ck_assert_int_eq(answers_before_commit, 0);
	ck_assert_int_eq(committed_alerts(), 100);
}
END_TEST

START_TEST(a_failed_commit_acknowledges_nothing)
{
	struct collect_result result;

	/* Somebody who only asks is answered all the same. */
	buffer_append_string(batch_answer(batch, NULL), "ok");
	ck_assert_int_eq(deliver(1, 10, &result), 0);
	buffer_append_string(batch_answer(batch, (void *)(intptr_t)10), "ok");
	/* The transaction is taken away under the batch, so that its COMMIT fails. */
	store_roll_back(store);
	ck_assert_int_lt(batch_finish(batch), 0);
	ck_assert_int_eq(answers, 2);
	ck_assert_int_eq(failed_answers, 1);
	ck_assert_int_eq(committed_alerts(), 0);
	/* And it goes on working. */
	ck_assert_int_eq(deliver(1, 10, &result), 0);
	buffer_append_string(batch_answer(batch, (void *)(intptr_t)10), "ok");
	ck_assert_int_eq(batch_finish(batch), 0);
	ck_assert_int_eq(committed_alerts(), 10);
	ck_assert_int_eq(answers_before_commit, 0);
}
END_TEST

START_TEST(an_alert_is_stored_once)
{
	struct collect_result result;

	ck_assert_int_eq(deliver(1, 10, &result), 0);
	ck_assert_uint_eq(result.stored, 10);
	ck_assert_int_eq(batch_finish(batch), 0);
	ck_assert_int_eq(deliver(6, 10, &result), 0);
	ck_assert_uint_eq(result.stored, 5);
	ck_assert_uint_eq(result.duplicates, 5);
	ck_assert_uint_eq(result.last_sequence, 15);
	ck_assert_int_eq(batch_finish(batch), 0);
	ck_assert_int_eq(committed_alerts(), 15);
}
END_TEST

START_TEST(what_cannot_be_read_is_counted)
{
	Tercel__Link__DeliverAlerts delivery = TERCEL__LINK__DELIVER_ALERTS__INIT;
	Tercel__Link__AgentIdentity agent = TERCEL__LINK__AGENT_IDENTITY__INIT;
	char agent_id[] = "agent";
	uint8_t garbage[] = {0xff, 0xff, 0xff}, bad_rule[] = {0x22, 0x02, 0xc3, 0x28};
	ProtobufCBinaryData alerts[] = {{sizeof garbage, garbage}, {sizeof bad_rule, bad_rule}};
	struct collect_result result;

	agent.agent_id = agent_id;
	delivery.agent = &agent;
	delivery.alerts = alerts;
	delivery.n_alerts = 2;
	ck_assert_int_eq(collect_alerts(batch, &delivery, &result), 0);
	ck_assert_uint_eq(result.malformed, 2);
	ck_assert_uint_eq(result.stored, 0);
	ck_assert_int_eq(batch_finish(batch), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *result = suite_create("collect");
	TCase *cases = tcase_create("collect");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, an_answer_leaves_after_the_commit);
	tcase_add_test(cases, a_failed_commit_acknowledges_nothing);
	tcase_add_test(cases, an_alert_is_stored_once);
	tcase_add_test(cases, what_cannot_be_read_is_counted);
	suite_add_tcase(result, cases);
	return result;
}

CHECK_MAIN(suite)
