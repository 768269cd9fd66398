/* fs.path.*, evt.abspath */
#include "tests/support/check_main.h"
#include "tests/support/event_fixture.h"

static struct event_fixture fixture;

static void open_fixture(void)
{
	fixture_open(&fixture);
	fixture_add_processes(&fixture);
	fixture_add_descriptor(&fixture, 100, 4, 2, "/srv/www"); /* opened as a directory */
	fixture_add_descriptor(&fixture, 100, 5, 1, "/srv/ftp"); /* a directory all the same */
	fixture_add_descriptor(&fixture, 100, 6, 2, "/");
}

static void close_fixture(void)
{
	fixture_close(&fixture);
}

/* One path, without and with a directory. */
START_TEST(one_path)
{
	static const struct {
		unsigned type;
		const char *parameter;
	} rows[] = {
		{EVENT_SYSCALL_MKDIR_2_X, "path"},  {EVENT_SYSCALL_RMDIR_2_X, "path"},	   {EVENT_SYSCALL_UNLINK_2_X, "path"},
		{EVENT_SYSCALL_CHMOD_X, "filename"}, {EVENT_SYSCALL_CHOWN_X, "path"},	   {EVENT_SYSCALL_LCHOWN_X, "path"},
		{EVENT_SYSCALL_UMOUNT_1_X, "name"}, {EVENT_SYSCALL_QUOTACTL_X, "special"}, {EVENT_SYSCALL_UMOUNT2_X, "name"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		fixture_start(&fixture, rows[i].type, 100);
		fixture_text(&fixture, rows[i].parameter, "../b//c");
		fixture_apply(&fixture);
		assert_field(&fixture, "fs.path.name", "/home/b/c");
		assert_field(&fixture, "fs.path.nameraw", "../b//c");
		assert_missing(&fixture, "fs.path.source");
		assert_missing(&fixture, "fs.path.targetraw");
		assert_missing(&fixture, "evt.abspath");
		fixture_text(&fixture, rows[i].parameter, "/a/./b/");
		assert_field(&fixture, "fs.path.name", "/a/b");
		fixture_bytes(&fixture, rows[i].parameter, "", 0);
		assert_field(&fixture, "fs.path.name", "/home/ann/<NA>");
		assert_field(&fixture, "fs.path.nameraw", "<NA>");
		fixture_number(&fixture, "res", -2);
		assert_missing(&fixture, "fs.path.name");
		assert_missing(&fixture, "fs.path.nameraw");
	}
}
END_TEST

START_TEST(one_path_below_a_directory)
{
	static const struct {
		unsigned type;
		const char *parameter;
	} rows[] = {
		{EVENT_SYSCALL_MKDIRAT_X, "path"},
		{EVENT_SYSCALL_UNLINKAT_2_X, "name"},
		{EVENT_SYSCALL_FCHMODAT_X, "filename"},
		{EVENT_SYSCALL_FCHOWNAT_X, "pathname"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		fixture_start(&fixture, rows[i].type, 100);
		fixture_number(&fixture, "dirfd", 4);
		fixture_text(&fixture, rows[i].parameter, "x");
		fixture_apply(&fixture);
		assert_field(&fixture, "fs.path.name", "/srv/www/x");
		assert_field(&fixture, "evt.abspath", "/srv/www/x");
		assert_field(&fixture, "evt.abspath.src", "/srv/www/x");
		assert_field(&fixture, "evt.abspath.dst", "/srv/www/x");
		fixture_number(&fixture, "dirfd", 5); /* not opened as one */
		assert_field(&fixture, "fs.path.name", "<UNKNOWN>x");
		assert_field(&fixture, "evt.abspath", "/srv/ftp/x");
		fixture_number(&fixture, "dirfd", -100);
		assert_field(&fixture, "fs.path.name", "<UNKNOWN>x");
		assert_field(&fixture, "evt.abspath", "/home/ann/x");
		fixture_number(&fixture, "dirfd", 77);
		assert_field(&fixture, "fs.path.name", "<UNKNOWN>x");
		assert_field(&fixture, "evt.abspath", "<UNKNOWN>/x");
		fixture_number(&fixture, "dirfd", 6); /* the separator is always added */
		assert_field(&fixture, "evt.abspath", "//x");
		fixture_text(&fixture, rows[i].parameter, "/x");
		assert_field(&fixture, "fs.path.name", "/x");
		assert_field(&fixture, "evt.abspath", "/x");
		fixture_number(&fixture, "res", -2); /* which evt.abspath does not mind */
		assert_missing(&fixture, "fs.path.name");
		assert_field(&fixture, "evt.abspath", "/x");
	}
}
END_TEST

START_TEST(opens)
{
	static const unsigned types[] = {EVENT_SYSCALL_OPENAT_2_X, EVENT_SYSCALL_OPENAT2_X};

	for (size_t i = 0; i < 2; i++) {
		fixture_start(&fixture, types[i], 100);
		fixture_number(&fixture, "fd", 9);
		fixture_number(&fixture, "dirfd", 5);
		fixture_text(&fixture, "name", "x");
		fixture_number(&fixture, "flags", 1);
		fixture_apply(&fixture);
		assert_field(&fixture, "fs.path.name", "/srv/ftp/x");
		assert_field(&fixture, "fs.path.nameraw", "x");
		assert_field(&fixture, "evt.abspath", "/srv/ftp/x");

		/* Every failure but EPERM still has a path. */
		fixture_start(&fixture, types[i], 100);
		fixture_number(&fixture, "fd", -2);
		fixture_number(&fixture, "dirfd", -100);
		fixture_text(&fixture, "name", "x");
		fixture_apply(&fixture);
		assert_field(&fixture, "fs.path.name", "<UNKNOWN>");
		assert_field(&fixture, "fs.path.nameraw", "x");
		fixture_text(&fixture, "name", "/x");
		assert_field(&fixture, "fs.path.name", "/x");
		fixture_number(&fixture, "fd", -1);
		assert_missing(&fixture, "fs.path.name");
		assert_missing(&fixture, "fs.path.nameraw");
	}
	fixture_start(&fixture, EVENT_SYSCALL_OPEN_X, 100);
	fixture_number(&fixture, "fd", -2);
	fixture_text(&fixture, "name", "x");
	fixture_apply(&fixture);
	assert_field(&fixture, "fs.path.name", "/home/ann/x");
	assert_missing(&fixture, "evt.abspath");

	fixture_start(&fixture, EVENT_SYSCALL_CREAT_X, 100);
	fixture_number(&fixture, "fd", 9);
	fixture_text(&fixture, "name", "/x");
	fixture_apply(&fixture);
	assert_missing(&fixture, "fs.path.name");

	fixture_start(&fixture, EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X, 100);
	fixture_number(&fixture, "fd", 9);
	fixture_text(&fixture, "path", "/x");
	fixture_apply(&fixture);
	assert_missing(&fixture, "fs.path.name");
	assert_field(&fixture, "evt.abspath", "/x");
	fixture_number(&fixture, "fd", 0);
	assert_missing(&fixture, "evt.abspath");
}
END_TEST

START_TEST(by_descriptor)
{
	static const unsigned types[] = {EVENT_SYSCALL_FCHMOD_X, EVENT_SYSCALL_FCHOWN_X};

	for (size_t i = 0; i < 2; i++) {
		fixture_start(&fixture, types[i], 100);
		fixture_number(&fixture, "fd", 5);
		fixture_apply(&fixture);
		assert_field(&fixture, "fs.path.name", "/srv/ftp");
		assert_field(&fixture, "fs.path.nameraw", "/srv/ftp");
		fixture_number(&fixture, "res", -1);
		assert_missing(&fixture, "fs.path.name");
	}
}
END_TEST

static void apply_two(unsigned type, const char *first, const char *first_path, const char *second, const char *second_path)
{
	fixture_start(&fixture, type, 100);
	fixture_text(&fixture, first, first_path);
	fixture_text(&fixture, second, second_path);
	fixture_apply(&fixture);
}

static void assert_paths(const char *source, const char *source_raw, const char *target, const char *target_raw)
{
	assert_field(&fixture, "fs.path.source", source);
	assert_field(&fixture, "fs.path.sourceraw", source_raw);
	assert_field(&fixture, "fs.path.target", target);
	assert_field(&fixture, "fs.path.targetraw", target_raw);
	assert_missing(&fixture, "fs.path.name");
}

START_TEST(two_paths)
{
	apply_two(EVENT_SYSCALL_RENAME_X, "oldpath", "a", "newpath", "/b");
	assert_paths("/home/ann/a", "a", "/b", "/b");
	assert_missing(&fixture, "evt.abspath");
	fixture_number(&fixture, "res", -2);
	assert_missing(&fixture, "fs.path.source");
	assert_missing(&fixture, "fs.path.targetraw");

	/* Of links the source is the new name. */
	apply_two(EVENT_SYSCALL_LINK_2_X, "oldpath", "old", "newpath", "new");
	assert_paths("/home/ann/new", "new", "/home/ann/old", "old");
	apply_two(EVENT_SYSCALL_SYMLINK_X, "target", "there", "linkpath", "here");
	assert_paths("/home/ann/here", "here", "/home/ann/there", "there");

	apply_two(EVENT_SYSCALL_MOUNT_X, "dev", "none", "dir", "/mnt");
	assert_paths("/home/ann/none", "none", "/mnt", "/mnt");
	fixture_bytes(&fixture, "dev", "", 0);
	assert_paths("/home/ann/<NA>", "<NA>", "/mnt", "/mnt");
}
END_TEST

START_TEST(two_paths_below_directories)
{
	/* renameat and linkat ignore their directories for fs.path, but not for evt.abspath. */
	fixture_start(&fixture, EVENT_SYSCALL_RENAMEAT_X, 100);
	fixture_number(&fixture, "olddirfd", 4);
	fixture_number(&fixture, "newdirfd", 5);
	fixture_text(&fixture, "oldpath", "a");
	fixture_text(&fixture, "newpath", "b");
	fixture_apply(&fixture);
	assert_paths("/home/ann/a", "a", "/home/ann/b", "b");
	assert_field(&fixture, "evt.abspath", "/srv/www/a");
	assert_field(&fixture, "evt.abspath.src", "/srv/www/a");
	assert_field(&fixture, "evt.abspath.dst", "/srv/ftp/b");

	fixture_start(&fixture, EVENT_SYSCALL_RENAMEAT2_X, 100);
	fixture_number(&fixture, "olddirfd", 4);
	fixture_number(&fixture, "newdirfd", 77);
	fixture_text(&fixture, "oldpath", "a");
	fixture_text(&fixture, "newpath", "b");
	fixture_apply(&fixture);
	assert_paths("/srv/www/a", "a", "<UNKNOWN>b", "b");
	assert_field(&fixture, "evt.abspath.dst", "<UNKNOWN>/b");

	fixture_start(&fixture, EVENT_SYSCALL_LINKAT_2_X, 100);
	fixture_number(&fixture, "olddir", 4);
	fixture_number(&fixture, "newdir", 5);
	fixture_text(&fixture, "oldpath", "a");
	fixture_text(&fixture, "newpath", "b");
	fixture_apply(&fixture);
	assert_paths("/home/ann/b", "b", "/home/ann/a", "a");
	assert_field(&fixture, "evt.abspath", "/srv/www/a");
	assert_field(&fixture, "evt.abspath.dst", "/srv/ftp/b");

	fixture_start(&fixture, EVENT_SYSCALL_SYMLINKAT_X, 100);
	fixture_number(&fixture, "linkdirfd", 4);
	fixture_text(&fixture, "target", "there");
	fixture_text(&fixture, "linkpath", "here");
	fixture_apply(&fixture);
	assert_paths("/srv/www/here", "here", "<UNKNOWN>there", "there");
	assert_field(&fixture, "evt.abspath.dst", "/srv/www/here");
	fixture_text(&fixture, "target", "/there/../x");
	assert_field(&fixture, "fs.path.target", "/x");
}
END_TEST

START_TEST(long_paths)
{
	static char path[2000];

	for (size_t i = 0; i < sizeof path - 1; i++)
		path[i] = i % 10 == 0 ? '/' : 'x';
	fixture_start(&fixture, EVENT_SYSCALL_UNLINK_2_X, 100);
	fixture_text(&fixture, "path", path + 1);
	fixture_apply(&fixture);
	assert_field(&fixture, "fs.path.name", "/DIR_TOO_LONG/FILENAME_TOO_LONG");
	assert_field(&fixture, "fs.path.nameraw", path + 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("fields_fs_path");
	TCase *cases = tcase_create("fs_path");

	tcase_add_checked_fixture(cases, open_fixture, close_fixture);
	tcase_add_test(cases, one_path);
	tcase_add_test(cases, one_path_below_a_directory);
	tcase_add_test(cases, opens);
	tcase_add_test(cases, by_descriptor);
	tcase_add_test(cases, two_paths);
	tcase_add_test(cases, two_paths_below_directories);
	tcase_add_test(cases, long_paths);
	suite_add_tcase(all, cases);
	return all;
}

CHECK_MAIN(suite)
