#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/spool/alert_ring.h"
#include "tests/support/check_main.h"

#define CAPACITY ((size_t)16384)

static int ring_file(void)
{
	int descriptor = memfd_create("ring", MFD_CLOEXEC);

	ck_assert_int_ge(descriptor, 0);
	return descriptor;
}

static struct alert_ring new_ring(int descriptor)
{
	struct alert_ring ring;

	ck_assert_int_eq(alert_ring_create(descriptor, CAPACITY, &ring), 0);
	return ring;
}

static struct text message(char *storage, uint64_t sequence, size_t length)
{
	memset(storage, (int)('a' + sequence % 26), length);
	return text_of(storage, length);
}

START_TEST(records_come_out_as_they_went_in)
{
	struct alert_ring ring = new_ring(ring_file());
	struct alert_ring_record record;
	uint64_t cursor = alert_ring_released(&ring);
	char storage[4096];

	ck_assert_int_eq(alert_ring_read(&ring, &cursor, &record), 0);
	/* Lengths that do not divide the capacity: every alignment and the wrap at the end come up many times. */
	for (uint64_t sequence = 1; sequence < 3000; sequence++) {
		size_t length = (size_t)(sequence * 37 % 3000);

		ck_assert_int_eq(alert_ring_append(&ring, sequence, message(storage, sequence, length)), 0);
		ck_assert_int_eq(alert_ring_read(&ring, &cursor, &record), 1);
		ck_assert_uint_eq(record.sequence, sequence);
		ck_assert(text_equal(record.bytes, message(storage, sequence, length)));
		alert_ring_release(&ring, cursor);
		ck_assert(alert_ring_is_empty(&ring));
	}
	ck_assert_uint_eq(alert_ring_lost(&ring), 0);
	ck_assert_uint_eq(alert_ring_last_sequence(&ring), 2999);
	alert_ring_close(&ring);
}
END_TEST

START_TEST(a_full_ring_refuses_and_counts)
{
	struct alert_ring ring = new_ring(ring_file());
	struct alert_ring_record record;
	uint64_t cursor = alert_ring_released(&ring), appended = 0;
	char storage[4096];

	while (alert_ring_append(&ring, appended + 1, message(storage, appended + 1, 1000)) == 0)
		appended++;
	ck_assert_uint_ge(appended, 14);
	ck_assert_uint_eq(alert_ring_lost(&ring), 1);
	ck_assert_int_eq(alert_ring_append(&ring, appended + 2, message(storage, 1, 5000 / 2)), -ENOSPC);
	ck_assert_uint_eq(alert_ring_lost(&ring), 2);
	ck_assert_int_eq(alert_ring_read(&ring, &cursor, &record), 1);
	ck_assert_uint_eq(record.sequence, 1);
	/* Room comes back only when it is released, not when it is read. */
	ck_assert_int_eq(alert_ring_append(&ring, appended + 3, message(storage, 1, 900)), -ENOSPC);
	alert_ring_release(&ring, cursor);
	ck_assert_int_eq(alert_ring_append(&ring, appended + 4, message(storage, 1, 900)), 0);
	ck_assert_int_eq(alert_ring_append(&ring, 99, message(storage, 1, sizeof storage)), -EMSGSIZE);
	ck_assert_uint_eq(alert_ring_lost(&ring), 4);
	alert_ring_close(&ring);
}
END_TEST

START_TEST(a_new_owner_takes_the_records_over)
{
	int descriptor = ring_file();
	struct alert_ring first = new_ring(descriptor), second;
	struct alert_ring_record record;
	uint64_t cursor;

	ck_assert_uint_eq(alert_ring_adopt_start(&first, 5), 5);
	ck_assert_int_eq(alert_ring_append(&first, 7, TEXT("kept")), 0);
	alert_ring_close(&first);
	ck_assert_int_eq(alert_ring_create(descriptor, CAPACITY, &second), 0);
	cursor = alert_ring_released(&second);
	ck_assert_int_eq(alert_ring_read(&second, &cursor, &record), 1);
	ck_assert_uint_eq(record.sequence, 7);
	ck_assert(text_is(record.bytes, "kept"));
	/* It goes on where the first one stopped: same start, next numbers. */
	ck_assert_uint_eq(alert_ring_adopt_start(&second, 6), 5);
	ck_assert_uint_eq(alert_ring_last_sequence(&second), 7);
	alert_ring_close(&second);
}
END_TEST

START_TEST(damage_is_skipped_and_counted)
{
	int descriptor = ring_file();
	struct alert_ring ring = new_ring(descriptor), other;
	struct alert_ring_record record;
	uint64_t cursor = alert_ring_released(&ring);

	ck_assert_int_eq(alert_ring_append(&ring, 1, TEXT("first")), 0);
	ck_assert_int_eq(alert_ring_append(&ring, 2, TEXT("second")), 0);
	memset(ring.records, 0xff, 12);
	ck_assert_int_eq(alert_ring_read(&ring, &cursor, &record), -EBADMSG);
	ck_assert_uint_eq(alert_ring_lost(&ring), 1);
	ck_assert_int_eq(alert_ring_append(&ring, 3, TEXT("third")), 0);
	ck_assert_int_eq(alert_ring_read(&ring, &cursor, &record), 1);
	ck_assert_uint_eq(record.sequence, 3);
	/* A consumer that releases what was never written moves nothing. */
	alert_ring_release(&ring, cursor + 4096);
	ck_assert_uint_lt(alert_ring_released(&ring), cursor);

	ck_assert_int_eq(pwrite(descriptor, "garbage", 7, 0), 7);
	ck_assert_int_eq(alert_ring_open(descriptor, &other), -EBADMSG);
	ck_assert_int_eq(ftruncate(descriptor, 0), 0);
	ck_assert_int_eq(alert_ring_open(descriptor, &other), -EBADMSG);
}
END_TEST

/* Reads and releases for ever, telling the parent each sequence by a pipe; killed at any moment. */
static void consume(int descriptor, int told)
{
	struct alert_ring ring;
	struct alert_ring_record record;
	uint64_t cursor;

	if (alert_ring_open(descriptor, &ring) < 0)
		_exit(1);
	cursor = alert_ring_released(&ring);
	for (;;) {
		int found = alert_ring_read(&ring, &cursor, &record);

		if (found < 0)
			_exit(2);
		if (found == 0) {
			alert_ring_wait(&ring, cursor, 1000);
			continue;
		}
		if (write(told, &record.sequence, sizeof record.sequence) != sizeof record.sequence)
			_exit(3);
		alert_ring_release(&ring, cursor);
	}
}

START_TEST(killed_consumers_lose_nothing)
{
	int descriptor = ring_file(), told[2];
	struct alert_ring ring = new_ring(descriptor);
	uint64_t appended = 0, received = 0, kills = 0, sequence;
	pid_t consumer = -1;
	char storage[128];

	ck_assert_int_eq(pipe(told), 0);
	while (received < 3000) {
		if (consumer < 0) {
			consumer = fork();
			ck_assert_int_ge(consumer, 0);
			if (consumer == 0)
				consume(descriptor, told[1]);
		}
		if (appended < 3000 && alert_ring_append(&ring, appended + 1, message(storage, appended, 100)) == 0)
			appended++;
		while (appended - received > 50 || (appended == 3000 && received < 3000)) {
			ck_assert_int_eq(read(told[0], &sequence, sizeof sequence), sizeof sequence);
			/* Each once, in order, or again when the consumer died between telling and releasing. */
			ck_assert_uint_le(sequence, received + 1);
			if (sequence == received + 1)
				received++;
			if (received / 300 > kills) {
				kills++;
				kill(consumer, SIGKILL);
				waitpid(consumer, NULL, 0);
				consumer = -1;
				break;
			}
		}
	}
	ck_assert_uint_eq(kills, 10);
	ck_assert_uint_eq(alert_ring_lost(&ring), 0);
	if (consumer > 0) {
		ck_assert(alert_ring_wait_empty(&ring, 5000));
		kill(consumer, SIGKILL);
		waitpid(consumer, NULL, 0);
	}
	alert_ring_close(&ring);
}
END_TEST

static Suite *suite(void)
{
	Suite *result = suite_create("alert_ring");
	TCase *cases = tcase_create("ring");

	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, records_come_out_as_they_went_in);
	tcase_add_test(cases, a_full_ring_refuses_and_counts);
	tcase_add_test(cases, a_new_owner_takes_the_records_over);
	tcase_add_test(cases, damage_is_skipped_and_counted);
	tcase_add_test(cases, killed_consumers_lose_nothing);
	suite_add_tcase(result, cases);
	return result;
}

CHECK_MAIN(suite)
