#include "base/file_io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/check_main.h"
#include "tests/support/temporary_directory.h"

static struct temporary_directory directory;
static char path[PATH_MAX], other[PATH_MAX];

static void setup(void)
{
	temporary_directory_make(&directory);
	temporary_directory_path(&directory, "file", path);
	temporary_directory_path(&directory, "other", other);
}

static void teardown(void)
{
	temporary_directory_remove(&directory);
}

static mode_t mode_of(const char *file)
{
	struct stat status;

	ck_assert_int_eq(stat(file, &status), 0);
	return status.st_mode & 07777;
}

static unsigned files_there(void)
{
	DIR *listing = opendir(directory.path);
	unsigned count = 0;

	ck_assert_ptr_nonnull(listing);
	while (readdir(listing))
		count++;
	closedir(listing);
	return count - 2;
}

START_TEST(what_was_written_is_read)
{
	struct buffer buffer = BUFFER_INIT;
	static char large[300000];

	memset(large, 'x', sizeof large);
	ck_assert_int_eq(file_write_atomic(path, large, sizeof large, 0600), 0);
	buffer_append_string(&buffer, "before:");
	ck_assert_int_eq(file_read(path, sizeof large, &buffer), 0);
	ck_assert_uint_eq(buffer.length, sizeof large + 7);
	ck_assert_mem_eq(buffer.bytes, "before:xxx", 10);
	ck_assert_mem_eq(buffer.bytes + 7, large, sizeof large);
	buffer_clear(&buffer);
	ck_assert_int_eq(file_write_atomic(path, "", 0, 0600), 0);
	ck_assert_int_eq(file_read(path, 0, &buffer), 0);
	ck_assert_uint_eq(buffer.length, 0);
	buffer_release(&buffer);
}
END_TEST

START_TEST(larger_than_the_limit_is_refused_and_nothing_is_appended)
{
	struct buffer buffer = BUFFER_INIT;

	buffer_append_string(&buffer, "kept");
	ck_assert_int_eq(file_write_new(path, "12345", 5, 0600), 0);
	ck_assert_int_eq(file_read(path, 4, &buffer), -EFBIG);
	ck_assert(text_is(buffer_text(&buffer), "kept"));
	ck_assert_int_eq(file_read("/dev/zero", 100000, &buffer), -EFBIG);
	ck_assert(text_is(buffer_text(&buffer), "kept"));
	buffer.limit_bytes = 8;
	ck_assert_int_eq(file_read(path, 100, &buffer), -ENOMEM);
	buffer_release(&buffer);
}
END_TEST

START_TEST(what_cannot_be_read_says_why)
{
	struct buffer buffer = BUFFER_INIT;

	ck_assert_int_eq(file_read(other, 10, &buffer), -ENOENT);
	ck_assert_int_eq(file_read(directory.path, 10, &buffer), -EISDIR);
	ck_assert(!buffer.failed);
	buffer_release(&buffer);
}
END_TEST

START_TEST(an_atomic_write_replaces_the_whole_and_leaves_nothing_behind)
{
	struct buffer buffer = BUFFER_INIT;

	ck_assert_int_eq(file_write_atomic(path, "long old text", 13, 0644), 0);
	ck_assert_int_eq(file_write_atomic(path, "new", 3, 0600), 0);
	ck_assert_int_eq(file_read(path, 100, &buffer), 0);
	ck_assert(text_is(buffer_text(&buffer), "new"));
	ck_assert_uint_eq(mode_of(path), 0600);
	ck_assert_uint_eq(files_there(), 1);
	buffer_release(&buffer);
}
END_TEST

START_TEST(a_failed_atomic_write_leaves_the_old_file_and_nothing_else)
{
	char below[PATH_MAX];

	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(file_write_atomic(path, "x", 1, 0600), -EISDIR);
	ck_assert_uint_eq(files_there(), 1);
	temporary_directory_path(&directory, "missing/file", below);
	ck_assert_int_eq(file_write_atomic(below, "x", 1, 0600), -ENOENT);
	temporary_directory_path(&directory, "file/", below);
	ck_assert_int_eq(file_write_atomic(below, "x", 1, 0600), -EISDIR);
}
END_TEST

START_TEST(a_new_file_never_overwrites)
{
	struct buffer buffer = BUFFER_INIT;

	ck_assert_int_eq(file_write_new(path, "secret", 6, 0600), 0);
	ck_assert_uint_eq(mode_of(path), 0600);
	ck_assert_int_eq(file_write_new(path, "other", 5, 0600), -EEXIST);
	ck_assert_int_eq(symlink(other, strcat(strcpy(other, path), "-link")), 0);
	ck_assert_int_eq(file_write_new(other, "through a link", 14, 0600), -EEXIST);
	ck_assert_int_eq(file_read(path, 100, &buffer), 0);
	ck_assert(text_is(buffer_text(&buffer), "secret"));
	buffer_release(&buffer);
}
END_TEST

static void *read_slowly(void *context)
{
	const int *pipe_ends = context;
	char taken[4096];
	struct pollfd full = {pipe_ends[1], POLLOUT, 0};
	size_t total = 0;
	ssize_t got;

	while (poll(&full, 1, 0) != 0)
		continue; /* nobody reads before the writer has to wait */
	while (total < 300000 && (got = read(pipe_ends[0], taken, sizeof taken)) > 0)
		total += (size_t)got;
	return total == 300000 ? context : NULL;
}

START_TEST(a_descriptor_that_does_not_block_is_waited_for)
{
	static char large[300000];
	pthread_t reader;
	void *has_all;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_slowly, ends), 0);
	ck_assert_int_eq(write_all(ends[1], large, sizeof large), 0);
	pthread_join(reader, &has_all);
	ck_assert_ptr_nonnull(has_all);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(write_all(ends[1], large, sizeof large), -EPIPE);
	close(ends[1]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("file_io");
	TCase *t = tcase_create("file_io");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_written_is_read);
	tcase_add_test(t, larger_than_the_limit_is_refused_and_nothing_is_appended);
	tcase_add_test(t, what_cannot_be_read_says_why);
	tcase_add_test(t, an_atomic_write_replaces_the_whole_and_leaves_nothing_behind);
	tcase_add_test(t, a_failed_atomic_write_leaves_the_old_file_and_nothing_else);
	tcase_add_test(t, a_new_file_never_overwrites);
	tcase_add_test(t, a_descriptor_that_does_not_block_is_waited_for);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
