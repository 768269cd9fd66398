/* fd.*, fdlist.* */
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

/* An event that uses the descriptor and changes nothing. */
static void use(int64_t fd)
{
	fixture_start(&fixture, EVENT_SYSCALL_FSTAT_X, 100);
	fixture_number(&fixture, "fd", fd);
	fixture_apply(&fixture);
}

static void open_path(unsigned type, int64_t result, int64_t dirfd, const char *path, int64_t flags)
{
	fixture_start(&fixture, type, 100);
	fixture_number(&fixture, "fd", result);
	if (type == EVENT_SYSCALL_OPENAT_2_X || type == EVENT_SYSCALL_OPENAT2_X)
		fixture_number(&fixture, "dirfd", dirfd);
	if (type != EVENT_SYSCALL_CREAT_X)
		fixture_number(&fixture, "flags", flags);
	fixture_text(&fixture, "name", path);
	fixture_apply(&fixture);
}

START_TEST(opened_file)
{
	fixture_start(&fixture, EVENT_SYSCALL_OPENAT_2_X, 100);
	fixture_number(&fixture, "fd", 9);
	fixture_number(&fixture, "dirfd", -100);
	fixture_text(&fixture, "name", "x//../y");
	fixture_number(&fixture, "flags", 1 | 32768);
	fixture_number(&fixture, "dev", 0x0fe12345);
	fixture_number(&fixture, "ino", 77);
	fixture_apply(&fixture);
	assert_field(&fixture, "fd.num", "9");
	assert_field(&fixture, "fd.name", "/home/ann/y");
	assert_field(&fixture, "fd.nameraw", "x/../y");
	assert_field(&fixture, "fd.type", "file");
	assert_field(&fixture, "fd.typechar", "f");
	assert_field(&fixture, "fd.directory", "/home/ann");
	assert_field(&fixture, "fd.filename", "y");
	assert_field(&fixture, "fd.uid", "1009");
	assert_field(&fixture, "fd.containername", ":/home/ann/y");
	assert_field(&fixture, "fd.containerdirectory", ":/home/ann");
	assert_field(&fixture, "fd.name_changed", "true");
	assert_field(&fixture, "fd.dev", "FE12345");
	assert_field(&fixture, "fd.dev.major", "291"); /* 0x123 */
	assert_field(&fixture, "fd.dev.minor", "65093"); /* 0x45 and 0xfe00 */
	assert_field(&fixture, "fd.ino", "77");
	assert_field(&fixture, "fd.is_upper_layer", "true");
	assert_field(&fixture, "fd.is_lower_layer", "false");
	assert_field(&fixture, "fd.connected", "false");
	assert_field(&fixture, "fd.is_server", "false");
	assert_field(&fixture, "fd.l4proto", "<NA>");
	assert_missing(&fixture, "fd.sockfamily");
	assert_missing(&fixture, "fd.sip");
	assert_missing(&fixture, "fd.cport");
	assert_missing(&fixture, "fd.lproto");
}
END_TEST

START_TEST(names_and_their_parts)
{
	static const struct {
		const char *path, *directory, *file;
	} rows[] = {{"/etc/passwd", "/etc", "passwd"}, {"/vmlinuz", "/", "vmlinuz"}, {"/", "/", "/"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		open_path(EVENT_SYSCALL_OPEN_X, 9, 0, rows[i].path, 1);
		assert_field(&fixture, "fd.directory", rows[i].directory);
		assert_field(&fixture, "fd.filename", rows[i].file);
	}
	open_path(EVENT_SYSCALL_OPEN_X, 9, 0, "/etc", 1 | 1024 | 8192);
	assert_field(&fixture, "fd.type", "directory");
	assert_field(&fixture, "fd.typechar", "d");
	assert_field(&fixture, "fd.directory", "/etc");
	assert_missing(&fixture, "fd.filename");
}
END_TEST

START_TEST(failed_opens)
{
	open_path(EVENT_SYSCALL_OPENAT_2_X, -2, -100, "../none//x", 1);
	assert_field(&fixture, "fd.num", "-1");
	assert_field(&fixture, "fd.uid", "100-1");
	assert_field(&fixture, "fd.name", "/home/none/x");
	assert_field(&fixture, "fd.nameraw", "../none//x"); /* as given */
	assert_field(&fixture, "fd.directory", "/home/none");
	assert_field(&fixture, "fd.containerdirectory", ":/home/none");
	assert_field(&fixture, "fd.typechar", "f");
	assert_missing(&fixture, "fd.type");
	assert_missing(&fixture, "fd.filename");
	assert_missing(&fixture, "fd.ino");
	assert_missing(&fixture, "fd.dev");
	assert_missing(&fixture, "fd.name_changed");
	assert_missing(&fixture, "fd.connected");
	assert_missing(&fixture, "fd.is_server");
	assert_missing(&fixture, "fd.l4proto");
	assert_missing(&fixture, "fd.is_upper_layer");
	open_path(EVENT_SYSCALL_OPENAT_2_X, -9, 77, "x", 1); /* a dirfd that nobody knows */
	assert_field(&fixture, "fd.name", "<UNKNOWN>x");
	open_path(EVENT_SYSCALL_OPENAT2_X, -2, -100, "x", 1);
	assert_field(&fixture, "fd.typechar", "f");
	assert_field(&fixture, "fd.nameraw", "x");
	open_path(EVENT_SYSCALL_OPEN_X, -2, 0, "x", 1);
	assert_field(&fixture, "fd.typechar", "o");
	assert_field(&fixture, "fd.name", "/home/ann/x");
	assert_field(&fixture, "fd.nameraw", "/home/ann/x"); /* as fd.name */
	open_path(EVENT_SYSCALL_CREAT_X, -13, 0, "/x", 0);
	assert_field(&fixture, "fd.typechar", "f");
	assert_field(&fixture, "fd.name", "/x");
	assert_field(&fixture, "fd.directory", "/");

	fixture_start(&fixture, EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X, 100);
	fixture_number(&fixture, "fd", -116);
	fixture_apply(&fixture);
	assert_field(&fixture, "fd.name", "<NA>"); /* an empty path */
}
END_TEST

START_TEST(letters_of_failed_makers)
{
	static const struct {
		unsigned type;
		const char *parameter, *letter;
	} rows[] = {
		{EVENT_SOCKET_SOCKET_X, "fd", "4"},	       {EVENT_SOCKET_ACCEPT_5_X, "fd", "4"},
		{EVENT_SYSCALL_EVENTFD2_X, "res", "e"},	       {EVENT_SYSCALL_SIGNALFD4_X, "res", "s"},
		{EVENT_SYSCALL_TIMERFD_CREATE_X, "res", "t"},  {EVENT_SYSCALL_INOTIFY_INIT1_X, "res", "i"},
		{EVENT_SYSCALL_PIPE2_X, "res", "p"},	       {EVENT_SYSCALL_EPOLL_CREATE1_X, "res", "o"},
		{EVENT_SYSCALL_MEMFD_CREATE_X, "fd", "o"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		fixture_start(&fixture, rows[i].type, 100);
		fixture_number(&fixture, rows[i].parameter, -24);
		fixture_apply(&fixture);
		assert_field(&fixture, "fd.typechar", rows[i].letter);
		assert_missing(&fixture, "fd.type");
	}
}
END_TEST

START_TEST(unknown_descriptor)
{
	use(77);
	assert_field(&fixture, "fd.num", "77");
	assert_field(&fixture, "fd.name", "");
	assert_field(&fixture, "fd.nameraw", "");
	assert_field(&fixture, "fd.directory", "/");
	assert_field(&fixture, "fd.typechar", "o");
	assert_missing(&fixture, "fd.type");
	ck_assert_int_eq(fixture_get_each(&fixture, "fd.ip").state, VALUE_ABSENT);

	fixture_start(&fixture, EVENT_SOCKET_CONNECT_X, 100);
	fixture_number(&fixture, "res", -9);
	fixture_number(&fixture, "fd", 77);
	fixture_apply(&fixture);
	assert_field(&fixture, "fd.name", "NULL");
	assert_field(&fixture, "fd.directory", "/");
	/* Events that do not speak of a descriptor have none of these. */
	fixture_start(&fixture, EVENT_SYSCALL_UNLINK_2_X, 100);
	fixture_apply(&fixture);
	assert_missing(&fixture, "fd.num");
	assert_missing(&fixture, "fd.name");
	assert_missing(&fixture, "fd.typechar");
	assert_missing(&fixture, "fd.directory");
	assert_missing(&fixture, "fd.types");
	assert_missing(&fixture, "fd.uid");
}
END_TEST

static void add_socket(int64_t number, unsigned list_type, const char *source, uint16_t source_port, const char *destination,
		       uint16_t destination_port, enum socket_protocol protocol)
{
	struct descriptor_entry entry = {
		.number = number, .list_type = (uint8_t)list_type, .protocol = (uint8_t)protocol, .name = TEXT_EMPTY};

	memcpy(entry.source.address, source, 4);
	memcpy(entry.destination.address, destination, 4);
	entry.source.port = source_port;
	entry.destination.port = destination_port;
	ck_assert_int_eq(state_add_descriptor(fixture.state, 100, &entry), 0);
}

static void add_interface(const char *address)
{
	ck_assert_int_eq(interface_list_add(&fixture.state->interfaces, SOCKET_FAMILY_IPV4, (const uint8_t *)address,
					    (const uint8_t *)"\xff\xff\xff\0"),
			 0);
}

START_TEST(connected_socket)
{
	struct value ends;

	add_interface("\x0a\0\0\1");
	add_socket(5, 3, "\x0a\0\0\1", 5000, "\x5d\xb8\xd8\x22", 443, PROTOCOL_TCP);
	use(5);
	assert_field(&fixture, "fd.type", "ipv4");
	assert_field(&fixture, "fd.name", "10.0.0.1:5000->93.184.216.34:443");
	assert_field(&fixture, "fd.cip", "10.0.0.1");
	assert_field(&fixture, "fd.sip", "93.184.216.34");
	assert_field(&fixture, "fd.lip", "10.0.0.1");
	assert_field(&fixture, "fd.rip", "93.184.216.34");
	assert_field(&fixture, "fd.cport", "5000");
	assert_field(&fixture, "fd.sport", "443");
	assert_field(&fixture, "fd.lport", "5000");
	assert_field(&fixture, "fd.rport", "443");
	assert_field(&fixture, "fd.cproto", "5000");
	assert_field(&fixture, "fd.sproto", "443");
	assert_field(&fixture, "fd.rproto", "443");
	assert_field(&fixture, "fd.l4proto", "tcp");
	assert_field(&fixture, "fd.sockfamily", "ip");
	assert_field(&fixture, "fd.is_server", "false");
	assert_field(&fixture, "fd.snet", "<IPNET>");
	assert_missing(&fixture, "fd.sip.name");
	assert_missing(&fixture, "fd.directory");
	assert_missing(&fixture, "fd.filename");
	/* Either end: never printed, a list for comparisons. */
	assert_missing(&fixture, "fd.ip");
	assert_missing(&fixture, "fd.port");
	ends = fixture_get_each(&fixture, "fd.ip");
	ck_assert_uint_eq(ends.length, 2);
	ck_assert_int_eq(memcmp(ends.elements[0].bytes, "\x0a\0\0\1", 4), 0);
	ck_assert_int_eq(memcmp(ends.elements[1].bytes, "\x5d\xb8\xd8\x22", 4), 0);
	ends = fixture_get_each(&fixture, "fd.port");
	ck_assert_uint_eq(ends.elements[0].number, 5000);
	ck_assert_uint_eq(ends.elements[1].number, 443);
	ck_assert_uint_eq(fixture_get_each(&fixture, "fd.proto").length, 2);
	ck_assert_uint_eq(fixture_get_each(&fixture, "fd.net").elements[0].type, TYPE_IPNET);
}
END_TEST

START_TEST(server_side)
{
	add_interface("\x0a\0\0\1");
	add_socket(5, 3, "\x5d\xb8\xd8\x22", 5000, "\x0a\0\0\1", 443, PROTOCOL_TCP);
	use(5);
	assert_field(&fixture, "fd.is_server", "true");
	assert_field(&fixture, "fd.lip", "10.0.0.1");
	assert_field(&fixture, "fd.lport", "443");
	assert_field(&fixture, "fd.rip", "93.184.216.34");
}
END_TEST

START_TEST(new_socket)
{
	struct value ends;

	fixture_start(&fixture, EVENT_SOCKET_SOCKET_X, 100);
	fixture_number(&fixture, "fd", 6);
	fixture_number(&fixture, "domain", 2);
	fixture_number(&fixture, "type", 2);
	fixture_apply(&fixture);
	assert_field(&fixture, "fd.type", "ipv4");
	assert_field(&fixture, "fd.name", "");
	assert_field(&fixture, "fd.l4proto", "<NA>"); /* no role yet */
	assert_field(&fixture, "fd.sockfamily", "ip");
	assert_field(&fixture, "fd.is_server", "false");
	assert_field(&fixture, "fd.name_changed", "false");
	assert_missing(&fixture, "fd.sip");
	assert_missing(&fixture, "fd.sport");
	assert_missing(&fixture, "fd.sproto");
	assert_missing(&fixture, "fd.lip");
	assert_missing(&fixture, "fd.cnet");
	ends = fixture_get_each(&fixture, "fd.ip");
	ck_assert_uint_eq(ends.length, 2);
	ck_assert_int_eq(memcmp(ends.elements[1].bytes, "\0\0\0\0", 4), 0);
	ck_assert_uint_eq(fixture_get_each(&fixture, "fd.port").elements[0].number, 0);
}
END_TEST

START_TEST(listening_socket)
{
	add_socket(5, 5, "\x0a\0\0\1", 443, "\0\0\0\0", 0, PROTOCOL_TCP);
	use(5);
	assert_field(&fixture, "fd.type", "ipv4");
	assert_field(&fixture, "fd.is_server", "true");
	assert_field(&fixture, "fd.sport", "443"); /* needs no role, unlike the address */
	assert_missing(&fixture, "fd.sip");
	assert_missing(&fixture, "fd.cport");
	assert_missing(&fixture, "fd.lport");
	assert_field(&fixture, "fd.l4proto", "<NA>");
	ck_assert_uint_eq(fixture_get_each(&fixture, "fd.ip").length, 1);

	/* Bound before our eyes it has the role. */
	fixture_start(&fixture, EVENT_SOCKET_SOCKET_X, 100);
	fixture_number(&fixture, "fd", 6);
	fixture_number(&fixture, "domain", 2);
	fixture_number(&fixture, "type", 1);
	fixture_apply(&fixture);
	fixture_start(&fixture, EVENT_SOCKET_BIND_X, 100);
	fixture_number(&fixture, "fd", 6);
	fixture_bytes(&fixture, "addr", "\x02\x0a\0\0\1\xbb\x01", 7);
	fixture_apply(&fixture);
	assert_field(&fixture, "fd.name", "10.0.0.1:443");
	assert_field(&fixture, "fd.sip", "10.0.0.1");
	assert_field(&fixture, "fd.l4proto", "tcp");
	assert_field(&fixture, "fd.cproto", "");
	assert_field(&fixture, "fd.sproto", "");
	assert_missing(&fixture, "fd.lproto");
	assert_missing(&fixture, "fd.cip");
}
END_TEST

START_TEST(files_have_no_ends)
{
	fixture_add_descriptor(&fixture, 100, 3, 1, "/etc/passwd");
	use(3);
	/* It exists, but every comparison with a value is false. */
	ck_assert_int_eq(fixture_get_each(&fixture, "fd.ip").state, VALUE_PRESENT);
	ck_assert_uint_eq(fixture_get_each(&fixture, "fd.ip").length, 0);
	ck_assert_uint_eq(fixture_get_each(&fixture, "fd.port").length, 0);
	ck_assert_uint_eq(fixture_get_each(&fixture, "fd.net").length, 0);
	assert_missing(&fixture, "fd.net");
	assert_missing(&fixture, "fd.sport");
}
END_TEST

START_TEST(copies)
{
	fixture_add_descriptor(&fixture, 100, 3, 1, "/etc/passwd");
	fixture_start(&fixture, EVENT_SYSCALL_DUP2_X, 100);
	fixture_number(&fixture, "res", 8);
	fixture_number(&fixture, "oldfd", 3);
	fixture_number(&fixture, "newfd", 8);
	fixture_apply(&fixture);
	assert_field(&fixture, "fd.num", "8");
	assert_field(&fixture, "fd.name", "/etc/passwd");
	assert_field(&fixture, "fd.name_changed", "false");
}
END_TEST

START_TEST(types_of_all)
{
	struct value types;

	fixture_add_descriptor(&fixture, 100, 9, 8, "/run/x");
	fixture_add_descriptor(&fixture, 100, 0, 7, "");
	fixture_add_descriptor(&fixture, 100, 3, 1, "/etc/passwd");
	fixture_add_descriptor(&fixture, 100, 4, 1, "/etc/group");
	fixture_add_descriptor(&fixture, 100, 5, 2, "/etc");
	use(3);
	assert_field(&fixture, "fd.types", "(directory,file,pipe,unix)"); /* ascending, each once */
	assert_field(&fixture, "fd.types[5]", "(directory)");
	assert_missing(&fixture, "fd.types[77]");
	fixture_start(&fixture, EVENT_SYSCALL_FSTAT_X, 50); /* without descriptors */
	fixture_apply(&fixture);
	types = fixture_get(&fixture, "fd.types");
	ck_assert_int_eq(types.state, VALUE_PRESENT);
	ck_assert_uint_eq(types.length, 0);
}
END_TEST

START_TEST(poll_sets)
{
	uint8_t list[2 + 5 * 10] = {5};
	static const int64_t numbers[] = {3, 5, 6, 77, 7};

	fixture_add_descriptor(&fixture, 100, 3, 1, "/etc/passwd");
	add_socket(5, 3, "\x0a\0\0\1", 5000, "\x5d\xb8\xd8\x22", 443, PROTOCOL_TCP);
	add_socket(6, 5, "\x0a\0\0\1", 80, "\0\0\0\0", 0, PROTOCOL_TCP);
	fixture_add_descriptor(&fixture, 100, 7, 12, "");
	for (unsigned i = 0; i < 5; i++)
		store_u64(list + 2 + 10 * i, (uint64_t)numbers[i]);
	fixture_start(&fixture, EVENT_SYSCALL_POLL_X, 100);
	fixture_bytes(&fixture, "fds", list, sizeof list);
	fixture_apply(&fixture);
	assert_field(&fixture, "fdlist.nums", "3,5,6,77,7");
	assert_field(&fixture, "fdlist.names", "/etc/passwd,10.0.0.1:5000->93.184.216.34:443,10.0.0.1:80,<NA>,<NA>");
	assert_field(&fixture, "fdlist.cips", "10.0.0.1");
	assert_field(&fixture, "fdlist.sips", "93.184.216.34,10.0.0.1");
	assert_field(&fixture, "fdlist.cports", "5000");
	assert_field(&fixture, "fdlist.sports", "443"); /* not that of the listening one */

	fixture_start(&fixture, EVENT_SYSCALL_POLL_X, 100);
	fixture_bytes(&fixture, "fds", "\0\0", 2);
	fixture_apply(&fixture);
	assert_missing(&fixture, "fdlist.nums");
	fixture_start(&fixture, EVENT_SYSCALL_POLL_X, 100);
	fixture_bytes(&fixture, "fds", list, 12); /* one of the five that it promises */
	fixture_apply(&fixture);
	assert_field(&fixture, "fdlist.nums", "3");
	assert_missing(&fixture, "fdlist.cips"); /* no socket among them */
	use(3);
	assert_missing(&fixture, "fdlist.nums");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("fields_descriptor");
	TCase *cases = tcase_create("descriptor");

	tcase_add_checked_fixture(cases, open_fixture, close_fixture);
	tcase_add_test(cases, opened_file);
	tcase_add_test(cases, names_and_their_parts);
	tcase_add_test(cases, failed_opens);
	tcase_add_test(cases, letters_of_failed_makers);
	tcase_add_test(cases, unknown_descriptor);
	tcase_add_test(cases, connected_socket);
	tcase_add_test(cases, server_side);
	tcase_add_test(cases, new_socket);
	tcase_add_test(cases, listening_socket);
	tcase_add_test(cases, files_have_no_ends);
	tcase_add_test(cases, copies);
	tcase_add_test(cases, types_of_all);
	tcase_add_test(cases, poll_sets);
	suite_add_tcase(all, cases);
	return all;
}

CHECK_MAIN(suite)
