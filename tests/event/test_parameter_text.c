#include "event/render/parameter_text.h"

#include <string.h>

#include "base/bytes.h"
#include "tests/support/check_main.h"
#include "tests/support/event_fixture.h"

static struct event_fixture fixture;

static void open_fixture(void)
{
	fixture_open(&fixture);
	fixture_add_processes(&fixture);
}

static void close_fixture(void)
{
	fixture_close(&fixture);
}

/* ---- the flag tables ---- */

static const char *names(int table, uint64_t value, bool bits)
{
	buffer_clear(&fixture.text);
	flag_names_append(&fixture.text, table, value, bits);
	buffer_append_byte(&fixture.text, 0);
	return (const char *)fixture.text.bytes;
}

START_TEST(names_of_bits)
{
	/* O_RDWR takes the bits of O_RDONLY and O_WRONLY with it. */
	ck_assert_str_eq(names(FLAG_TABLE_file_flags, 3, true), "O_RDWR");
	ck_assert_str_eq(names(FLAG_TABLE_file_flags, 1, true), "O_RDONLY");
	ck_assert_str_eq(names(FLAG_TABLE_file_flags, 0, true), "O_NONE");
	ck_assert_str_eq(names(FLAG_TABLE_file_flags, 4097, true), "O_RDONLY|O_CLOEXEC");
	ck_assert_str_eq(names(FLAG_TABLE_file_flags, 16646, true), "O_TRUNC|O_CREAT|O_WRONLY|O_F_CREATED");
	/* Bits without a name leave no trace. */
	ck_assert_str_eq(names(FLAG_TABLE_file_flags, (uint64_t)1 << 31, true), "");
	/* Zero has a name only where the table gives it one. */
	ck_assert_str_eq(names(FLAG_TABLE_umount_flags, 0, true), "");
}
END_TEST

START_TEST(names_of_modes)
{
	ck_assert_str_eq(names(FLAG_TABLE_chmod_mode, 0640, true), "S_IRGRP|S_IWUSR|S_IRUSR");
	ck_assert_str_eq(names(FLAG_TABLE_chmod_mode, 06755, true),
			 "S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISGID|S_ISUID");
	ck_assert_str_eq(names(FLAG_TABLE_chmod_mode, 04000, true), "S_ISUID");
	ck_assert_str_eq(names(FLAG_TABLE_chmod_mode, 0, true), "");
}
END_TEST

START_TEST(names_of_enumerations)
{
	/* Two rows of one value both print, in the order of the table. */
	ck_assert_str_eq(names(FLAG_TABLE_socket_families, 1, false), "AF_LOCAL|AF_UNIX");
	ck_assert_str_eq(names(FLAG_TABLE_socket_families, 2, false), "AF_INET");
	ck_assert_str_eq(names(FLAG_TABLE_fcntl_commands, 4, false), "F_GETFL");
	ck_assert_str_eq(names(FLAG_TABLE_socket_families, 999, false), "");
	ck_assert_str_eq(names(-1, 1, true), "");
}
END_TEST

/* Every row of every table is what its own value resolves to, so rules that name it can match. */
START_TEST(every_flag_resolves)
{
	for (int table = 0; table < FLAG_TABLE_COUNT; table++) {
		enum flag_style style = flag_table_style((enum flag_table)table);
		const struct flag_info *rows;
		size_t count;

		if (style != FLAG_STYLE_BITS && style != FLAG_STYLE_ENUM && style != FLAG_STYLE_MODE)
			continue;
		rows = flag_table_rows((enum flag_table)table, &count);
		for (size_t i = 0; i < count; i++) {
			const char *text = names(table, rows[i].value, style != FLAG_STYLE_ENUM);
			bool has_an_earlier_twin = false;

			for (size_t j = 0; j < i; j++)
				has_an_earlier_twin |= rows[j].value == rows[i].value;
			if (has_an_earlier_twin && style != FLAG_STYLE_ENUM)
				continue;
			ck_assert_msg(strstr(text, rows[i].name) != NULL, "%s: %s gives %s",
				      flag_table_name((enum flag_table)table), rows[i].name, text);
		}
	}
}
END_TEST

/* ---- parameters by type ---- */

static const char *raw(const char *name)
{
	struct time_cache times = {0};
	struct parameter_renderer renderer = {.state = fixture.state, .event = &fixture.event, .times = &times};

	buffer_clear(&fixture.text);
	parameter_raw_text_append(
		&renderer, (unsigned)event_parameter_index(fixture.event.type, text_from_string(name)), &fixture.text);
	buffer_append_byte(&fixture.text, 0);
	return (const char *)fixture.text.bytes;
}

static const char *resolved(const char *name)
{
	struct time_cache times = {0};
	struct parameter_renderer renderer = {.state = fixture.state, .event = &fixture.event, .times = &times};

	buffer_clear(&fixture.text);
	parameter_resolved_text_append(
		&renderer, (unsigned)event_parameter_index(fixture.event.type, text_from_string(name)), &fixture.text);
	buffer_append_byte(&fixture.text, 0);
	return (const char *)fixture.text.bytes;
}

START_TEST(plain_numbers)
{
	fixture_start(&fixture, EVENT_SYSCALL_OPENAT_2_X, 100);
	fixture_number(&fixture, "mode", 0644);
	fixture_number(&fixture, "dev", 0xfe00);
	fixture_number(&fixture, "ino", -1);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("mode"), "0644");
	ck_assert_str_eq(raw("dev"), "FE00");
	ck_assert_str_eq(raw("ino"), "-1"); /* unsigned types too */
	ck_assert_str_eq(resolved("ino"), "");

	fixture_start(&fixture, EVENT_SYSCALL_OPENAT_2_X, 100);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("mode"), "0");
	ck_assert_str_eq(raw("dev"), "0");

	fixture_start(&fixture, EVENT_SOCKET_SETSOCKOPT_X, 100);
	fixture_number(&fixture, "optlen", 0xffffffff);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("optlen"), "-1");
}
END_TEST

START_TEST(flags_are_decimal)
{
	fixture_start(&fixture, EVENT_SYSCALL_OPENAT_2_X, 100);
	fixture_number(&fixture, "flags", 4097);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("flags"), "4097"); /* though the format is hexadecimal */
	ck_assert_str_eq(resolved("flags"), "O_RDONLY|O_CLOEXEC");
	assert_field(&fixture, "evt.arg.flags", "O_RDONLY|O_CLOEXEC");
	assert_field(&fixture, "evt.rawarg.flags", "1001");
	fixture_number(&fixture, "flags", 1 << 30);
	assert_field(&fixture, "evt.arg.flags", "1073741824"); /* nothing to resolve */

	fixture_start(&fixture, EVENT_SYSCALL_CHMOD_X, 100);
	fixture_number(&fixture, "mode", 04000);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("mode"), "04000");
	ck_assert_str_eq(resolved("mode"), "S_ISUID");
}
END_TEST

START_TEST(descriptors)
{
	fixture_add_descriptor(&fixture, 100, 3, 1, "/etc/passwd");
	fixture_add_descriptor(&fixture, 100, 4, 2, "/etc");
	fixture_start(&fixture, EVENT_SYSCALL_READ_X, 100);
	fixture_number(&fixture, "fd", 3);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("fd"), "3");
	ck_assert_str_eq(resolved("fd"), "<f>/etc/passwd");
	fixture_number(&fixture, "fd", 4);
	ck_assert_str_eq(resolved("fd"), "<d>/etc");
	fixture_number(&fixture, "fd", 77);
	ck_assert_str_eq(resolved("fd"), "");
	fixture_number(&fixture, "fd", -100);
	ck_assert_str_eq(resolved("fd"), "AT_FDCWD");
	fixture_number(&fixture, "fd", -2);
	ck_assert_str_eq(raw("fd"), "-2");
	ck_assert_str_eq(resolved("fd"), "ENOENT");
	fixture_number(&fixture, "fd", -99999);
	ck_assert_str_eq(resolved("fd"), "");
	fixture_number(&fixture, "fd", INT64_MIN);
	ck_assert_str_eq(resolved("fd"), "");
}
END_TEST

START_TEST(socket_letters)
{
	struct descriptor_entry entry = {.number = 5, .list_type = 3, .protocol = PROTOCOL_TCP, .name = TEXT("")};

	memcpy(entry.source.address, "\x0a\0\0\1", 4);
	memcpy(entry.destination.address, "\x0a\0\0\2", 4);
	entry.source.port = 5000;
	entry.destination.port = 80;
	ck_assert_int_eq(state_add_descriptor(fixture.state, 100, &entry), 0);
	fixture_start(&fixture, EVENT_SYSCALL_READ_X, 100);
	fixture_number(&fixture, "fd", 5);
	fixture_apply(&fixture);
	ck_assert_str_eq(resolved("fd"), "<4t>10.0.0.1:5000->10.0.0.2:80");

	/* A socket that was only created has no role, so the protocol stays unsaid; but raw ones always say it. */
	fixture_start(&fixture, EVENT_SOCKET_SOCKET_X, 100);
	fixture_number(&fixture, "fd", 6);
	fixture_number(&fixture, "domain", 2);
	fixture_number(&fixture, "type", 1);
	fixture_apply(&fixture);
	ck_assert_str_eq(resolved("fd"), "<4>");
	fixture_start(&fixture, EVENT_SOCKET_SOCKET_X, 100);
	fixture_number(&fixture, "fd", 7);
	fixture_number(&fixture, "domain", 2);
	fixture_number(&fixture, "type", 3);
	fixture_number(&fixture, "proto", 1);
	fixture_apply(&fixture);
	ck_assert_str_eq(resolved("fd"), "<4r>");
}
END_TEST

START_TEST(processes_results_signals)
{
	fixture_start(&fixture, EVENT_SYSCALL_KILL_X, 100);
	fixture_number(&fixture, "res", -1);
	fixture_number(&fixture, "pid", 50);
	fixture_number(&fixture, "sig", 9);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("pid"), "50");
	ck_assert_str_eq(resolved("pid"), "bash");
	ck_assert_str_eq(raw("res"), "-1");
	ck_assert_str_eq(resolved("res"), "EPERM");
	ck_assert_str_eq(raw("sig"), "9");
	ck_assert_str_eq(resolved("sig"), "SIGKILL");
	fixture_number(&fixture, "pid", 4242);
	ck_assert_str_eq(resolved("pid"), "");
	fixture_number(&fixture, "res", 17);
	ck_assert_str_eq(resolved("res"), "");
	fixture_number(&fixture, "res", -512);
	ck_assert_str_eq(resolved("res"), "ERESTARTSYS");
	assert_field(&fixture, "evt.res", "ERESTARTSYS");
	fixture_number(&fixture, "res", -9999);
	assert_field(&fixture, "evt.res", "-9999");
	fixture_number(&fixture, "sig", 0);
	ck_assert_str_eq(resolved("sig"), "");

	/* The result of mmap is an error number whose format is hexadecimal: decimal all the same. */
	fixture_start(&fixture, EVENT_SYSCALL_MMAP_X, 100);
	fixture_number(&fixture, "res", -12);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("res"), "-12");
}
END_TEST

START_TEST(users_and_groups)
{
	ck_assert_int_eq(user_table_add(fixture.state->users, TEXT_EMPTY, 1000, 1000, TEXT("ann"), TEXT("/home/ann"), TEXT("/bin/sh")), 0);
	ck_assert_int_eq(user_table_add_group(fixture.state->users, TEXT_EMPTY, 1000, TEXT("staff")), 0);
	fixture_start(&fixture, EVENT_SYSCALL_SETRESUID_X, 100);
	fixture_number(&fixture, "ruid", 1000);
	fixture_number(&fixture, "euid", 0);
	fixture_number(&fixture, "suid", 0xffffffff);
	fixture_apply(&fixture);
	ck_assert_str_eq(resolved("ruid"), "ann");
	ck_assert_str_eq(raw("euid"), "0");
	ck_assert_str_eq(resolved("euid"), "<NA>"); /* the default name of 0 is for user.* alone */
	ck_assert_str_eq(raw("suid"), "-1");
	ck_assert_str_eq(resolved("suid"), "<NONE>");

	fixture_start(&fixture, EVENT_SYSCALL_SETGID_X, 100);
	fixture_number(&fixture, "gid", 1000);
	fixture_apply(&fixture);
	ck_assert_str_eq(resolved("gid"), "staff");
	fixture_number(&fixture, "gid", 7);
	ck_assert_str_eq(resolved("gid"), "<NA>");
	fixture_number(&fixture, "gid", 0xffffffff);
	ck_assert_str_eq(resolved("gid"), "<NONE>");
}
END_TEST

START_TEST(paths)
{
	fixture_add_descriptor(&fixture, 100, 4, 2, "/srv");
	fixture_start(&fixture, EVENT_SYSCALL_OPENAT_2_X, 100);
	fixture_number(&fixture, "fd", -2);
	fixture_number(&fixture, "dirfd", -100);
	fixture_text(&fixture, "name", "../bob//./x");
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("name"), "../bob//./x");
	ck_assert_str_eq(resolved("name"), "/home/bob/x");
	fixture_number(&fixture, "dirfd", 4);
	ck_assert_str_eq(resolved("name"), "/bob/x");
	fixture_number(&fixture, "dirfd", 77); /* unknown: the path alone */
	fixture_text(&fixture, "name", "x/y");
	ck_assert_str_eq(resolved("name"), "x/y");
	fixture_text(&fixture, "name", "/etc//passwd");
	ck_assert_str_eq(raw("name"), "/etc//passwd");
	ck_assert_str_eq(resolved("name"), "");
	fixture_text(&fixture, "name", "");
	ck_assert_str_eq(raw("name"), "");
	ck_assert_str_eq(resolved("name"), "");
	fixture_text(&fixture, "name", "<NA>");
	ck_assert_str_eq(resolved("name"), "");
	fixture_bytes(&fixture, "name", "", 0);
	ck_assert_str_eq(raw("name"), "<NA>");
	fixture_bytes(&fixture, "name", "no end", 6); /* without its NUL */
	ck_assert_str_eq(raw("name"), "no end");

	fixture_start(&fixture, EVENT_SYSCALL_RENAME_X, 100);
	fixture_number(&fixture, "res", -2);
	fixture_text(&fixture, "oldpath", "a");
	fixture_apply(&fixture);
	ck_assert_str_eq(resolved("oldpath"), "/home/ann/a");
}
END_TEST

START_TEST(buffers)
{
	fixture_start(&fixture, EVENT_SYSCALL_READ_X, 100);
	fixture_bytes(&fixture, "data", "a\0b\n\xc3\xa9 ~\x7f", 9);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("data"), "a.b... ~.");
	assert_field(&fixture, "evt.buffer", "a.b... ~.");
	fixture_bytes(&fixture, "data", "", 0);
	ck_assert_str_eq(raw("data"), "NULL");
	assert_field(&fixture, "evt.buffer", "NULL");
	ck_assert_uint_eq(fixture_get(&fixture, "evt.buffer").length, 0);
}
END_TEST

START_TEST(socket_addresses)
{
	static const uint8_t ipv6[19] = {10, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x50, 0};

	fixture_start(&fixture, EVENT_SOCKET_BIND_X, 100);
	fixture_number(&fixture, "res", -1);
	fixture_bytes(&fixture, "addr", "\x02\x0a\0\0\1\xbb\x01", 7);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("addr"), "10.0.0.1:443");
	fixture_bytes(&fixture, "addr", ipv6, sizeof ipv6);
	ck_assert_str_eq(raw("addr"), "2001:db8::1:80");
	fixture_bytes(&fixture, "addr", "\x01/run/x\0", 8);
	ck_assert_str_eq(raw("addr"), "/run/x");
	fixture_bytes(&fixture, "addr", "\x10", 1);
	ck_assert_str_eq(raw("addr"), "family 16");
	fixture_bytes(&fixture, "addr", "", 0);
	ck_assert_str_eq(raw("addr"), "<NA>");
}
END_TEST

START_TEST(socket_tuples)
{
	uint8_t tuple[64] = {2, 10, 0, 0, 1, 0x88, 0x13, 10, 0, 0, 2, 80, 0};

	fixture_start(&fixture, EVENT_SOCKET_CONNECT_X, 100);
	fixture_number(&fixture, "res", -111);
	fixture_bytes(&fixture, "tuple", tuple, 13);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("tuple"), "10.0.0.1:5000->10.0.0.2:80");

	/* Both ends mapped: as IPv4. */
	memset(tuple, 0, sizeof tuple);
	tuple[0] = 10;
	memcpy(tuple + 11, "\xff\xff\x0a\0\0\1\x88\x13", 8);
	memcpy(tuple + 29, "\xff\xff\x0a\0\0\2\x50\x00", 8);
	fixture_bytes(&fixture, "tuple", tuple, 37);
	ck_assert_str_eq(raw("tuple"), "10.0.0.1:5000->10.0.0.2:80");
	/* One end only: as IPv6. */
	tuple[1] = 0xfe;
	tuple[2] = 0x80;
	fixture_bytes(&fixture, "tuple", tuple, 37);
	ck_assert_str_eq(raw("tuple"), "fe80::ffff:a00:1:5000->::ffff:10.0.0.2:80");

	memset(tuple, 0, sizeof tuple);
	tuple[0] = 1;
	store_u64(tuple + 1, 0xffff8881);
	store_u64(tuple + 9, 0xabc);
	memcpy(tuple + 17, "/run/x", 7);
	fixture_bytes(&fixture, "tuple", tuple, 24);
	ck_assert_str_eq(raw("tuple"), "ffff8881->abc /run/x");
	fixture_bytes(&fixture, "tuple", "", 0);
	ck_assert_str_eq(raw("tuple"), "NULL");
}
END_TEST

START_TEST(lists_of_descriptors)
{
	uint8_t list[2 + 3 * 10] = {3};

	fixture_add_descriptor(&fixture, 100, 3, 1, "/etc/passwd");
	store_u64(list + 2, 3);
	store_u16(list + 10, 0x1f);
	store_u64(list + 12, (uint64_t)-1);
	store_u16(list + 20, 0);
	store_u64(list + 22, 9);
	store_u16(list + 30, 4);
	fixture_start(&fixture, EVENT_SYSCALL_POLL_X, 100);
	fixture_bytes(&fixture, "fds", list, sizeof list);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("fds"), "3:f1f 18446744073709551615:?0 9:?4");
	fixture_bytes(&fixture, "fds", "", 0);
	ck_assert_str_eq(raw("fds"), "NULL");
}
END_TEST

START_TEST(signal_sets_and_times)
{
	fixture_start(&fixture, EVENT_SYSCALL_PPOLL_X, 100);
	fixture_number(&fixture, "timeout", 1500000000);
	fixture_number(&fixture, "sigmask", (1 << 0) | (1 << 8));
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("timeout"), "1500000000");
	ck_assert_str_eq(resolved("timeout"), "1.5s");
	ck_assert_str_eq(raw("sigmask"), "SIGHUP SIGKILL");
	fixture_number(&fixture, "timeout", -1);
	ck_assert_str_eq(raw("timeout"), "none");
	ck_assert_str_eq(resolved("timeout"), "");
	fixture_number(&fixture, "sigmask", 0);
	ck_assert_str_eq(raw("sigmask"), "");
}
END_TEST

START_TEST(variants)
{
	uint8_t variant[9] = {2};

	fixture_start(&fixture, EVENT_SOCKET_SETSOCKOPT_X, 100);
	store_u32(variant + 1, 8388608);
	fixture_bytes(&fixture, "val", variant, 5);
	fixture_apply(&fixture);
	ck_assert_str_eq(raw("val"), "8388608");
	variant[0] = 1; /* an error number */
	store_u64(variant + 1, (uint64_t)-111);
	fixture_bytes(&fixture, "val", variant, 9);
	ck_assert_str_eq(raw("val"), "-111");
	ck_assert_str_eq(resolved("val"), "ECONNREFUSED");
	variant[0] = 4; /* a time */
	store_u64(variant + 1, 2000000000);
	fixture_bytes(&fixture, "val", variant, 9);
	ck_assert_str_eq(resolved("val"), "2s");
	variant[0] = 0; /* bytes */
	memcpy(variant + 1, "lo\0\0", 4);
	fixture_bytes(&fixture, "val", variant, 5);
	ck_assert_str_eq(raw("val"), "lo..");
	variant[0] = 200; /* nobody knows it */
	fixture_bytes(&fixture, "val", variant, 5);
	ck_assert_str_eq(raw("val"), "NULL");
	fixture_bytes(&fixture, "val", "\2", 1); /* cut short */
	ck_assert_str_eq(raw("val"), "NULL");
	fixture_bytes(&fixture, "val", "", 0);
	ck_assert_str_eq(raw("val"), "NULL");

	/* The result of bpf is a descriptor or an error number. */
	variant[0] = 1;
	store_u64(variant + 1, (uint64_t)-1);
	fixture_start(&fixture, EVENT_SYSCALL_BPF_X, 100);
	fixture_bytes(&fixture, "res_or_fd", variant, 9);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.rawres", "-1");
	assert_field(&fixture, "evt.res", "EPERM");
}
END_TEST

START_TEST(whole_lists)
{
	fixture_start(&fixture, EVENT_SYSCALL_OPENAT_2_X, 100);
	fixture_number(&fixture, "fd", -2);
	fixture_number(&fixture, "dirfd", -100);
	fixture_text(&fixture, "name", "x");
	fixture_number(&fixture, "flags", 1);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.args",
		     "fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=x(/home/ann/x) flags=1(O_RDONLY) mode=0 dev=0 ino=0");
	assert_field(&fixture, "evt.info",
		     "fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=x(/home/ann/x) flags=1(O_RDONLY) mode=0 dev=0 ino=0");
	assert_field(&fixture, "evt.arg[0]", "ENOENT");
	assert_field(&fixture, "evt.arg[2]", "/home/ann/x");
	assert_missing(&fixture, "evt.arg[7]");
	assert_missing(&fixture, "evt.arg.uid");
	assert_missing(&fixture, "evt.rawarg.uid");

	fixture_start(&fixture, EVENT_GENERIC_X, 100);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.args", "");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("parameter_text");
	TCase *flags = tcase_create("flags");
	TCase *types = tcase_create("types");

	tcase_add_checked_fixture(flags, open_fixture, close_fixture);
	tcase_add_test(flags, names_of_bits);
	tcase_add_test(flags, names_of_modes);
	tcase_add_test(flags, names_of_enumerations);
	tcase_add_test(flags, every_flag_resolves);
	tcase_add_checked_fixture(types, open_fixture, close_fixture);
	tcase_add_test(types, plain_numbers);
	tcase_add_test(types, flags_are_decimal);
	tcase_add_test(types, descriptors);
	tcase_add_test(types, socket_letters);
	tcase_add_test(types, processes_results_signals);
	tcase_add_test(types, users_and_groups);
	tcase_add_test(types, paths);
	tcase_add_test(types, buffers);
	tcase_add_test(types, socket_addresses);
	tcase_add_test(types, socket_tuples);
	tcase_add_test(types, lists_of_descriptors);
	tcase_add_test(types, signal_sets_and_times);
	tcase_add_test(types, variants);
	tcase_add_test(types, whole_lists);
	suite_add_tcase(all, flags);
	suite_add_tcase(all, types);
	return all;
}

CHECK_MAIN(suite)
