/* Fields, operators, constants, transformers: what is accepted and which error is given first. */
#include <errno.h>
#include <stdio.h>

#include "compiler/check/check_constants.h"
#include "compiler/check/check_types.h"
#include "compiler/check/check_warnings.h"
#include "tests/support/check_main.h"
#include "tests/support/condition_of_text.h"

struct bad_condition {
	const char *condition;
	enum finding_kind kind;
	const char *message;
};

#define LONG_255 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcde"

static const struct bad_condition bad_conditions[] = {
	/* 4.15 */
	{"proc.nam = x", FINDING_UNKNOWN, "filter_check called with nonexistent field proc.nam"},
	{"nosuch.field exists", FINDING_UNKNOWN, "filter_check called with nonexistent field nosuch.field"},
	{"proc.namex = x", FINDING_UNKNOWN, "filter_check called with nonexistent field proc.namex"},
	{"proc.name[1] = x", FINDING_UNKNOWN, "filter_check called with nonexistent field proc.name[1]"},
	{"proc.aname[x] = x", FINDING_UNKNOWN, "filter_check called with nonexistent field proc.aname[x]"},
	{"proc.env[\"a]b\"] = x", FINDING_UNKNOWN, "filter_check called with nonexistent field proc.env[a]b]"},
	{"evt.arg = x", FINDING_ERROR, "filter syntax error: evt.arg"},
	{"evt.arg[a] = x", FINDING_ERROR, "a is not a valid number"},
	{"fd.types[a] in (x)", FINDING_ERROR, "a is not a valid number"},
	{"evt.arg.nosucharg = x", FINDING_ERROR, "unknown event argument nosucharg"},
	{"evt.rawarg[0] = 5", FINDING_ERROR, "evt.arg fields must be expressed explicitly"},
	{"evt.rawarg.nosucharg = 5", FINDING_ERROR, "unknown event argument nosucharg"},
	{"evt.arg.sizes = x", FINDING_UNKNOWN, "filter_check called with nonexistent field evt.arg.sizes"},
	{"evt.arg.idx = x", FINDING_UNKNOWN, "filter_check called with nonexistent field evt.arg.idx"},
	{"evt.type.is.getpid = 1", FINDING_UNKNOWN, "filter_check called with nonexistent field evt.type.is.getpid"},
	{"evt.type.is.nosuch = 1", FINDING_UNKNOWN, "filter_check called with nonexistent field evt.type.is.nosuch"},
	{"thread.cgroup[cpu] = x", FINDING_ERROR, "filter syntax error: thread.cgroup[cpu]"},
	{"thread.cgroup.cpu2 = x", FINDING_UNKNOWN, "filter_check called with nonexistent field thread.cgroup.cpu2"},
	{"evt.around = 5", FINDING_ERROR, "filter syntax error: evt.around"},
	{"evt.around[x] = 5", FINDING_ERROR, "x is not a valid number"},
	{"container.label = x", FINDING_ERROR, "filter container.label requires an argument but none provided"},
	/* 4.10 */
	{"evt.around[5] > 5", FINDING_ERROR, "evt.around supports only '=' comparison operator"},
	{"evt.around[5] exists", FINDING_ERROR, "evt.around supports only '=' comparison operator"},
	{"evt.type = opennat", FINDING_UNKNOWN, "unknown event type opennat"},
	{"evt.type startswith ope", FINDING_UNKNOWN, "unknown event type ope"},
	{"evt.type in (open, nosuch)", FINDING_UNKNOWN, "unknown event type nosuch"},
	{"toupper(evt.type) contains OPEN", FINDING_UNKNOWN, "unknown event type OPEN"},
	/* 4.2 */
	{"proc.pid contains 5", FINDING_ERROR, "filter error: 'contains' operator not supported for numeric filters"},
	{"proc.is_sid_leader < 1", FINDING_ERROR, "filter error: '<' operator not supported for numeric filters"},
	{"evt.buffer icontains x", FINDING_ERROR, "filter error: 'icontains' operator not supported for buffer filters"},
	{"evt.buffer > 5", FINDING_ERROR, "filter error: '>' operator not supported for buffer filters"},
	{"proc.name bcontains 12", FINDING_ERROR, "filter error: 'bcontains' operator not supported for string filters"},
	{"proc.pid pmatch (5)", FINDING_ERROR, "filter error: 'pmatch' operator not supported for numeric filters"},
	{"fd.sip contains 1.2.3.4", FINDING_ERROR, "filter error: 'contains' operator not supported for ip address and network filters"},
	{"fd.snet > 5", FINDING_ERROR, "filter error: '>' operator not supported for ip address and network filters"},
	{"fd.sip startswith oneof (1.2.3.4)", FINDING_ERROR,
	 "filter error: 'startswith' operator with modifier not supported for ip address and network filters"},
	{"fd.types = file", FINDING_ERROR, "filter error: '=' operator not supported list filters"},
	{"fd.types == file", FINDING_ERROR, "filter error: '=' operator not supported list filters"},
	{"fd.types pmatch (file)", FINDING_ERROR, "filter error: 'pmatch' operator not supported list filters"},
	{"evt.rawarg.addr = 5", FINDING_ERROR, "filter error: '=' operator not supported for type 'SOCKADDR'"},
	{"evt.rawarg.ruid = 5", FINDING_ERROR, "filter error: '=' operator not supported for type 'UID'"},
	{"evt.rawarg.data contains x", FINDING_ERROR, "filter error: 'contains' operator not supported for buffer filters"},
	{"evt.rawarg.sig = 9", FINDING_ERROR, "wrong parameter type 19"},
	/* 4.13 */
	{"proc.name pmatch val(proc.pname)", FINDING_ERROR, "operator 'PMATCH' doesn't support right-hand side fields"},
	{"proc.name regex val(proc.pname)", FINDING_ERROR, "operator 'REGEX' doesn't support right-hand side fields"},
	{"fd.snet = val(fd.cnet)", FINDING_ERROR, "field type 'IPNET' doesn't support right-hand side fields"},
	{"proc.aname = val(proc.name)", FINDING_ERROR, "field 'proc.aname' doesn't support right-hand side fields"},
	{"fd.sip = val(fd.ip)", FINDING_ERROR, "field 'fd.ip' can't be used as a right-hand side field"},
	{"proc.name = val(proc.pid)", FINDING_ERROR,
	 "field 'proc.name' has type 'CHARBUF' while the right-hand side field 'proc.pid' has incompatible type 'INT64'"},
	{"proc.pid = val(user.uid)", FINDING_ERROR,
	 "field 'proc.pid' has type 'INT64' while the right-hand side field 'user.uid' has incompatible type 'UINT32'"},
	{"proc.name in getopt((proc.args[0]), \"a\")", FINDING_ERROR,
	 "field 'proc.name' has type 'CHARBUF' while the right-hand side field 'getopt((proc.args[0]),a)' has incompatible type "
	 "'CHARBUF (list)'"},
	{"len(fd.types) = val(proc.nchilds)", FINDING_ERROR, "field 'fd.types' doesn't support right-hand side fields"},
	{"evt.type = val(proc.name)", FINDING_ERROR,
	 "right-hand field comparisons on `evt.type`/`syscall.type` checks are not supported by event code search"},
	{"syscall.type in val(proc.name)", FINDING_ERROR,
	 "right-hand field comparisons on `evt.type`/`syscall.type` checks are not supported by event code search"},
	{"tolower(evt.type) = open", FINDING_ERROR, "event code search does not support `evt.type` checks with transformers"},
	{"tolower(syscall.type) exists", FINDING_ERROR, "event code search does not support `evt.type` checks with transformers"},
	/* 4.14 */
	{"tolower(proc.pid) = x", FINDING_ERROR,
	 "can't add field transformer: type 'INT64' is not supported by 'tolower' transformer applied on field 'proc.pid'"},
	{"len(len(proc.name)) = 5", FINDING_ERROR,
	 "can't add field transformer: type 'UINT64' is not supported by 'len' transformer applied on field 'proc.name'"},
	{"b64(fd.sip) = x", FINDING_ERROR,
	 "can't add field transformer: type 'IPADDR' is not supported by 'b64' transformer applied on field 'fd.sip'"},
	{"tolower(proc.aname) = x", FINDING_ERROR, "field 'proc.aname' does not support transformers"},
	{"tolower(proc.name)[x] = x", FINDING_ERROR, "filter error: transformer 'tolower' does not support field arguments"},
	{"join('-', proc.name) = x", FINDING_ERROR, "join() second argument must be a list"},
	{"join(fd.types, (proc.name)) = x", FINDING_ERROR, "join() first argument (separator) must be a single value, not a list"},
	{"join(proc.pid, (proc.name)) = x", FINDING_ERROR, "join() first argument (separator) must be a string"},
	{"join(evt.rawarg.exe, (proc.name)) = x", FINDING_ERROR, "join() first argument (separator) must be a string"},
	{"join('-', (fd.types, proc.name)) = x", FINDING_ERROR, "elements of a transformer list must be single values"},
	{"len((getopt((proc.name), 'a'))) = 1", FINDING_ERROR, "elements of a transformer list must be single values"},
	{"join('-', (proc.name), (proc.name)) = x", FINDING_ERROR, "join() requires exactly 2 arguments: separator and list"},
	{"join((proc.name)) = x", FINDING_ERROR, "unknown field transfomer 'join'"},
	{"concat(proc.name) = x", FINDING_ERROR, "unknown field transfomer 'concat'"},
	{"concat(proc.name, proc.pid) = x", FINDING_ERROR, "concat() arguments must be strings"},
	{"concat(len(fd.types), 'x') = x", FINDING_ERROR, "concat() arguments must be strings"},
	{"getopt(proc.args, 'n:') in (n)", FINDING_ERROR, "getopt() first argument must be a list"},
	{"getopt((proc.args[0]), fd.types) in (n)", FINDING_ERROR, "getopt() second argument (optstring) must be a single value"},
	{"getopt((proc.args[0]), 'n')[nn] = n", FINDING_ERROR, "getopt() field argument must be a single option character"},
	{"getopt((proc.args[0]), 'n', 'x') in (n)", FINDING_ERROR, "getopt() requires exactly 2 arguments: args list and optstring"},
	{"tolower(proc.name, proc.name) = x", FINDING_ERROR, "unknown multivalue transformer 'tolower'"},
	/* 5 */
	{"proc.pid = abc", FINDING_ERROR, "abc is not a valid number"},
	{"proc.pid = 0x10", FINDING_ERROR, "0x10 is not a valid number"},
	{"proc.pid > 0x10", FINDING_ERROR, "0x10 is not a valid number"},
	{"proc.pid = 1.5", FINDING_ERROR, "1.5 is not a valid number"},
	{"proc.pid = '5 '", FINDING_ERROR, "5  is not a valid number"},
	{"proc.pid = ''", FINDING_ERROR, " is not a valid number"},
	{"thread.cpu > 1.5", FINDING_ERROR, "1.5 is not a valid number"},
	{"fd.sport = nosuchservice", FINDING_ERROR, "unrecognized protocol nosuchservice"},
	{"fd.sport = -1", FINDING_ERROR, "unrecognized protocol -1"},
	{"fd.sport = ' 80'", FINDING_ERROR, "unrecognized protocol  80"},
	{"fd.sport = HTTPS", FINDING_ERROR, "unrecognized protocol HTTPS"},
	{"proc.is_sid_leader = yes", FINDING_ERROR, "filter error: unrecognized boolean value yes"},
	{"proc.is_sid_leader = 1", FINDING_ERROR, "filter error: unrecognized boolean value 1"},
	{"fd.sip = 10.1", FINDING_ERROR, "unrecognized IPv4 address 10.1"},
	{"fd.sip = 010.1.1.1", FINDING_ERROR, "unrecognized IPv4 address 010.1.1.1"},
	{"fd.sip = ::ffff:1.2.3.4", FINDING_ERROR, "unrecognized IPv4 address ::ffff:1.2.3.4"},
	{"fd.sip = localhost", FINDING_ERROR, "unrecognized IPv6 address localhost"},
	{"fd.sip = 'fe80::1%eth0'", FINDING_ERROR, "unrecognized IPv6 address fe80::1%eth0"},
	{"fd.snet = 10.0.0.0", FINDING_ERROR, "unrecognized IP network 10.0.0.0"},
	{"fd.snet = 10.0.0/8", FINDING_ERROR, "unrecognized IP address 10.0.0/8"},
	{"fd.snet = 10.0.0.0/40", FINDING_ERROR, "invalid netmask 40"},
	{"fd.snet = 10.0.0.0/x", FINDING_ERROR, "x is not a valid number"},
	{"fd.snet = ::1", FINDING_ERROR, "invalid v6 netmask: ::1"},
	{"fd.snet = ::/0", FINDING_ERROR, "invalid v6 netmask 0"},
	{"fd.snet = ::/129", FINDING_ERROR, "invalid v6 netmask 129"},
	{"fd.snet = zz/8", FINDING_ERROR, "unrecognized IPv6 address zz"},
	{"proc.name = \"a\\x00b\"", FINDING_ERROR, "filter error: filter value cannot contain a NUL byte (\\x00)"},
	{"proc.name = " LONG_255 "x", FINDING_ERROR, "filter parameter too long (used=257, available=256):" LONG_255 "x"},
	{"evt.buffer contains " LONG_255 "x", FINDING_ERROR, "filter parameter too long (byte buf)"},
	{"evt.buffer bcontains xy", FINDING_ERROR, "filter error: bcontains and bstartswith operator support hex strings only"},
	{"evt.buffer bstartswith 123", FINDING_ERROR, "filter error: bcontains and bstartswith operator support hex strings only"},
	{"proc.name regex 'a(b'", FINDING_ERROR, "invalid regex pattern: missing ): a(b"},
	{"proc.name regex '(?i)a'", FINDING_ERROR, "invalid regex pattern: no argument for repetition operator: ?"},
	{"proc.name regex '(a|b)*a(a|b){18}'", FINDING_ERROR,
	 "pattern is too complex, it needs too many states: (a|b)*a(a|b){18}"},
	/* the first of several, in the order of the text */
	{"proc.pid = abc or nosuch.field = 1", FINDING_ERROR, "abc is not a valid number"},
	{"not (evt.type = open and proc.name < 5 and proc.pid in (1, x))", FINDING_ERROR, "x is not a valid number"},
};

START_TEST(bad_conditions_are_refused_with_falcos_message)
{
	const struct bad_condition *bad = &bad_conditions[_i];
	struct arena *arena = arena_new(0);
	struct condition *condition = condition_of_text(arena, bad->condition);
	struct finding_list found = finding_list_new();

	ck_assert_msg(condition != NULL, "%s does not parse", bad->condition);
	ck_assert_msg(check_condition(arena, condition, &found.sink) == -EINVAL, "%s is accepted", bad->condition);
	ck_assert_uint_ge(found.count, 1);
	ck_assert_msg(text_is(found.findings[0].message, bad->message), "%s: " TEXT_FORMAT, bad->condition,
		      TEXT_ARGUMENTS(found.findings[0].message));
	ck_assert_msg(found.findings[0].kind == bad->kind, "%s: kind %d", bad->condition, found.findings[0].kind);
	ck_assert_msg(found.findings[0].span.text != NULL, "%s: no place", bad->condition);
	/* Without a sink only the answer differs. */
	ck_assert_int_eq(check_condition(arena, condition, NULL), -EINVAL);
	arena_free(arena);
}
END_TEST

static const char *const good_conditions[] = {
	"evt.num = 0", "evt.type = open", "evt.type in ('', NA, open, getpid, syscall)", "syscall.type = nosuch", "evt.type exists",
	"evt.type contains open", "evt.arg.flags contains O_CREAT", "evt.arg[0] = x", "evt.arg[-1] = x", "evt.rawarg.flags = 5",
	"evt.rawarg.data exists", "evt.rawarg.name contains x", "evt.rawarg.res in (0, -2)", "evt.type.is.open = 1",
	"evt.abspath = /x", "evt.abspath.src = /x", "evt.abspath.dst exists", "evt.around[1404996934793590564] = 500",
	"proc.aname = x", "proc.aname[2] = x", "proc.aname[-1] = x", "proc.aname[+1] = x", "proc.apid in (1, 2)",
	"proc.env[HOME] = /root", "proc.env['a b'] = x", "proc.env[123] exists", "proc.aenv[2] = x", "proc.aenv[HOME] = x",
	"proc.aenv exists", "proc.args[0] = x", "proc.aargs contains x", "thread.cgroup.cpu_acct = /x", "fd.types intersects (file)",
	"fd.types[3] in (file)", "fd.types exists", "container.label[x] = y", "container.label.x.y = z", "container.mount[0] exists",
	"container.mount['/var/*'] exists", "container.mount.source[/x] = y", "proc.name < 5", "proc.name = '' and proc.name != x",
	"proc.pid = -5 and proc.pid >= 010", "proc.pid = ' 7'", "evt.cpu = 65537", "user.uid = -1", "fd.sport = https",
	"fd.sport in (ssh, 80, '')", "fd.ip = 1.2.3.4", "fd.ip intersects (1.2.3.4, ::1)", "fd.net in (10.0.0.0/8, ::/1)",
	"fd.snet = 10.1.2.3/264", "fd.port < 1024", "fd.proto = http", "fd.sip = oneof (1.2.3.4)", "fd.net != allof (10.0.0.0/8)",
	"fd.cip.name contains x", "thread.cpu > 5", "proc.is_sid_leader in (true, false)", "proc.duration < 5",
	"evt.buffer contains x and evt.buffer bcontains 00fF and evt.buffer startswith ''", "evt.buffer bcontains ''",
	"proc.name in ()", "proc.name = oneof ()", "proc.name pmatch (/)", "proc.name pmatch ()", "proc.name glob '*'",
	"proc.name iglob anyof ('a*', 'b*')", "proc.name regex 'a.*b'", "proc.name regex oneof (a, b)",
	"proc.name = val(proc.pname)", "proc.name contains val(proc.pname)", "proc.pid in val(proc.ppid)",
	"proc.name = tolower(proc.pname)", "proc.name = concat(proc.pname, 'x')", "fd.sip = val(fd.cip)",
	"tolower(proc.name) = x", "toupper(tolower(proc.name)) in (X)", "len(proc.name) > 5", "len(fd.types) = 2",
	"len((proc.name, 'x')) = 2", "tolower(fd.types) in (file)", "basename(fd.name) = x", "b64(proc.args) contains x",
	"b64(evt.buffer) contains x", "join('-', (proc.name, proc.pid)) = x", "join(',', fd.types) = file", "join('-', ()) = ''",
	"concat(proc.name, 5, 'x') = y", "concat(len(proc.name), 'x') = 5x", "concat(proc.aname[2], 'x') = y",
	"join('/', (proc.aname[1], proc.aname[2])) = z", "getopt((proc.args[0], proc.args[1]), 'n:') in (n)",
	"getopt((proc.args[0]), 'n:')[n] = 5", "tolower(getopt((proc.args[0]), 'n:')[n]) = x", "tolower('ABC') = abc",
	"tolower((\"A\", proc.name)) in (a)", "proc.name = " LONG_255, "evt.outputtime = x", "evt.latency < 5", "evt.dir = <",
	"proc.name intersects (a, b)", "fd.name = '/etc/passwd'", "user.loginuid = -1", "evt.rawtime > 5", "evt.hostname exists"};

START_TEST(good_conditions_are_accepted)
{
	struct arena *arena = arena_new(0);
	struct condition *condition = condition_of_text(arena, good_conditions[_i]);
	struct finding_list found = finding_list_new();

	ck_assert_msg(condition != NULL, "%s does not parse", good_conditions[_i]);
	ck_assert_msg(check_condition(arena, condition, &found.sink) == 0, "%s: " TEXT_FORMAT, good_conditions[_i],
		      TEXT_ARGUMENTS(found.findings[0].message));
	ck_assert_uint_eq(found.count, 0);
	arena_free(arena);
}
END_TEST

START_TEST(numbers_are_cut_to_the_width_of_their_type)
{
	static const struct {
		enum value_type type;
		const char *constant;
		uint64_t number;
	} numbers[] = {
		{TYPE_INT16, "65537", 1}, {TYPE_INT16, "32768", (uint64_t)-32768}, {TYPE_INT8, "-129", 127}, {TYPE_INT32, "4294967296", 0},
		{TYPE_INT32, "99999999999999999999", (uint64_t)-1}, {TYPE_INT64, "99999999999999999999", INT64_MAX},
		{TYPE_INT64, "-99999999999999999999", (uint64_t)INT64_MIN}, {TYPE_INT64, "010", 10}, {TYPE_INT64, "+5", 5},
		{TYPE_INT64, "\t\v 5", 5}, {TYPE_UINT32, "-1", 4294967295}, {TYPE_UINT32, "4294967296", 0}, {TYPE_UINT64, "-1", UINT64_MAX},
		{TYPE_UINT64, "-99999999999999999999", UINT64_MAX}, {TYPE_UINT32, "99999999999999999999", 4294967295}, {TYPE_FD, "-100", (uint64_t)-100},
		{TYPE_ERRNO, "-2", (uint64_t)-2}, {TYPE_FLAGS16, "65536", 0}, {TYPE_MODE, "420", 420}, {TYPE_PORT, "65537", 1}, {TYPE_PORT, "", 0},
		{TYPE_PORT, "ssh", 22}, {TYPE_BOOL, "true", 1}, {TYPE_BOOL, "false", 0}, {TYPE_DOUBLE, "4294967297", 0x3ff0000000000000},
		{TYPE_DOUBLE, "-2", 0xc000000000000000}, {TYPE_RELTIME, "18446744073709551615", UINT64_MAX}, {TYPE_UINT8, "257", 1},
	};
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct typed_constant typed;
		struct text message = TEXT_EMPTY;

		ck_assert_int_eq(check_constant(arena, text_from_string(numbers[i].constant), numbers[i].type, OPERATOR_EQUAL, &typed,
						&message),
				 0);
		ck_assert_msg(typed.number == numbers[i].number, "%s as %s is %llx", numbers[i].constant, type_name(numbers[i].type),
			      (unsigned long long)typed.number);
	}
	arena_free(arena);
}
END_TEST

START_TEST(networks_and_addresses_are_in_network_order)
{
	struct arena *arena = arena_new(0);
	struct typed_constant typed;
	struct text message;

	ck_assert_int_eq(check_constant(arena, TEXT("10.1.2.3/264"), TYPE_IPNET, OPERATOR_EQUAL, &typed, &message), 0);
	ck_assert_uint_eq(typed.network.prefix_bits, 8);
	ck_assert_uint_eq(typed.network.address_bytes, 4);
	ck_assert_mem_eq(typed.network.address, "\x0a\x01\x02\x03", 4);
	ck_assert_int_eq(check_constant(arena, TEXT("fe80::1/64"), TYPE_IPNET, OPERATOR_IN, &typed, &message), 0);
	ck_assert_uint_eq(typed.network.address_bytes, 16);
	ck_assert_int_eq(check_constant(arena, TEXT("::1"), TYPE_IPADDR, OPERATOR_EQUAL, &typed, &message), 0);
	ck_assert_uint_eq(typed.bytes.length, 16);
	ck_assert_int_eq(check_constant(arena, TEXT("127.0.0.1"), TYPE_IPADDR, OPERATOR_EQUAL, &typed, &message), 0);
	ck_assert(text_equal(typed.bytes, TEXT("\x7f\0\0\x01")));
	ck_assert_int_eq(check_constant(arena, TEXT("00fF10"), TYPE_BYTEBUF, OPERATOR_BCONTAINS, &typed, &message), 0);
	ck_assert(text_equal(typed.bytes, TEXT("\0\xff\x10")));
	arena_free(arena);
}
END_TEST

START_TEST(field_arguments_are_told_apart)
{
	static const struct {
		const char *condition;
		enum field_id field;
		const char *argument; /* NULL: none */
		bool is_number;
		int64_t number;
		enum value_type type;
	} arguments[] = {
		{"proc.aname = x", FIELD_PROC_ANAME, NULL, false, 0, TYPE_CHARBUF},
		{"proc.aname[+2] = x", FIELD_PROC_ANAME, "+2", true, 2, TYPE_CHARBUF},
		{"proc.aenv[2] = x", FIELD_PROC_AENV, "2", true, 2, TYPE_CHARBUF},
		{"proc.aenv[A2] = x", FIELD_PROC_AENV, "A2", false, 0, TYPE_CHARBUF},
		{"proc.env[123] = x", FIELD_PROC_ENV, "123", false, 0, TYPE_CHARBUF},
		{"evt.arg.flags = x", FIELD_EVT_ARG, "flags", false, 0, TYPE_CHARBUF},
		{"evt.arg[3] = x", FIELD_EVT_ARG, "3", true, 3, TYPE_CHARBUF},
		{"evt.rawarg.flags = 3", FIELD_EVT_RAWARG, "flags", false, 0, TYPE_FLAGS32},
		{"container.label.a.b = x", FIELD_CONTAINER_LABEL, "a.b", false, 0, TYPE_CHARBUF},
		{"container.label['a.b'] = x", FIELD_CONTAINER_LABEL, "a.b", false, 0, TYPE_CHARBUF},
		{"evt.type.is.open = 1", FIELD_EVT_TYPE_IS, "open", true, 2, TYPE_UINT32},
		{"evt.abspath.dst = x", FIELD_EVT_ABSPATH, "dst", false, 0, TYPE_CHARBUF},
		{"thread.cgroup.cpu_acct = x", FIELD_THREAD_CGROUP, "cpu_acct", false, 0, TYPE_CHARBUF},
	};
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
		struct condition *condition = condition_of_text(arena, arguments[i].condition);
		const struct expression *left = condition->left;

		ck_assert_int_eq(check_condition(arena, condition, NULL), 0);
		ck_assert_int_eq(left->field, arguments[i].field);
		ck_assert_int_eq(left->type, arguments[i].type);
		ck_assert_int_eq(left->has_field_argument, arguments[i].argument != NULL);
		if (arguments[i].argument)
			ck_assert_msg(text_is(left->field_argument, arguments[i].argument), "%s", arguments[i].condition);
		ck_assert_int_eq(left->field_argument_is_number, arguments[i].is_number);
		ck_assert_int_eq(left->field_argument_number, arguments[i].number);
	}
	arena_free(arena);
}
END_TEST

START_TEST(wrong_names_get_a_hint)
{
	struct arena *arena = arena_new(0);
	struct finding_list found = finding_list_new();

	ck_assert_int_eq(check_condition(arena, condition_of_text(arena, "proc.nmae = x"), &found.sink), -EINVAL);
	ck_assert(text_is(found.findings[0].hint, "did you mean 'proc.name'?"));
	found = finding_list_new();
	ck_assert_int_eq(check_condition(arena, condition_of_text(arena, "zzzzzzzz.qqqqqqq = x"), &found.sink), -EINVAL);
	ck_assert_uint_eq(found.findings[0].hint.length, 0);
	arena_free(arena);
}
END_TEST

START_TEST(all_errors_of_a_condition_are_reported)
{
	struct arena *arena = arena_new(0);
	struct finding_list found = finding_list_new();

	ck_assert_int_eq(check_condition(arena,
					 condition_of_text(arena, "proc.pid in (a, 1, b) or not (no.field = 1 and fd.sip = 1.2)"),
					 &found.sink),
			 -EINVAL);
	ck_assert_uint_eq(found.count, 4);
	arena_free(arena);
}
END_TEST

START_TEST(operators_of_exceptions_are_read)
{
	enum operator_id operator;
	enum operator_modifier modifier;

	ck_assert(check_operator_text(TEXT("in"), &operator, &modifier));
	ck_assert_int_eq(operator, OPERATOR_IN);
	ck_assert(check_operator_text(TEXT("contains oneof"), &operator, &modifier));
	ck_assert_int_eq(operator, OPERATOR_CONTAINS);
	ck_assert_int_eq(modifier, MODIFIER_ONEOF);
	ck_assert(check_operator_text(TEXT("== allof"), &operator, &modifier));
	ck_assert_int_eq(operator, OPERATOR_EQUAL);
	ck_assert(!check_operator_text(TEXT("in oneof"), &operator, &modifier));
	ck_assert(!check_operator_text(TEXT("=  oneof"), &operator, &modifier));
	ck_assert(!check_operator_text(TEXT("like"), &operator, &modifier));
	ck_assert(!check_operator_text(TEXT(""), &operator, &modifier));
	ck_assert(check_is_field(TEXT("proc.aname[2]")));
	ck_assert(!check_is_field(TEXT("proc.name[2]")));
	ck_assert(!check_is_field(TEXT("name")));
}
END_TEST

static const struct {
	const char *condition;
	enum finding_kind kinds[3];
	uint32_t count;
	const char *first_message;
} warnings[] = {
	{"proc.name = 'proc.pname'", {FINDING_CONDITION}, 1, "'proc.pname' may be a valid field misused as a const string value"},
	{"proc.name = ' proc. pname'", {FINDING_CONDITION}, 1, NULL},
	{"proc.name in (a, proc.pname, proc.cmdline)", {FINDING_CONDITION, FINDING_CONDITION}, 2, NULL},
	{"proc.name = 'val(proc.pname)'", {FINDING_CONDITION}, 1,
	 "'val(proc.pname)' may be a valid field transformer misused as a const string value"},
	{"proc.name = 'tolower(x)'", {FINDING_CONDITION}, 1, NULL},
	{"proc.name = 'lower(x)'", {0}, 0, NULL},
	{"proc.name regex '.*conf'", {FINDING_CONDITION}, 1,
	 "regex check with '.*conf' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith'"},
	{"proc.name regex '.*foo$'", {FINDING_CONDITION}, 1, NULL},
	{"proc.name regex '^.*foo'", {0}, 0, NULL},
	{"proc.name regex '^foo.*'", {FINDING_CONDITION}, 1, NULL},
	{"proc.name regex 'a.b'", {0}, 0, NULL},
	{"proc.name regex oneof (abc, 'a|b')", {FINDING_CONDITION}, 1, NULL},
	{"evt.type = open and evt.dir = <", {FINDING_DEPRECATED_FIELD}, 1, NULL},
	{"evt.dir = < and len(evt.latency.human) > 5 and evt.dir = >", {FINDING_DEPRECATED_FIELD, FINDING_DEPRECATED_FIELD}, 2, NULL},
	{"ka.x = <NA> and jevt.value[/x] in (a, <NA>)", {FINDING_UNSAFE_NA, FINDING_UNSAFE_NA}, 2, ""},
	{"ka.x startswith <NA>", {0}, 0, NULL},
	{"proc.name = x", {FINDING_NO_EVENT_TYPE}, 1, NULL},
	{"evt.type != open", {FINDING_NO_EVENT_TYPE}, 1, NULL},
	{"evt.type = open or proc.name = x", {FINDING_NO_EVENT_TYPE}, 1, NULL},
	{"evt.type in ()", {0}, 0, NULL},
	{"evt.num = 0", {0}, 0, NULL},
};

START_TEST(doubtful_conditions_get_warnings)
{
	struct arena *arena = arena_new(0);
	char text[200];
	struct condition *condition;
	struct finding_list found = finding_list_new();
	bool is_about_types = warnings[_i].count > 0 && warnings[_i].kinds[0] == FINDING_NO_EVENT_TYPE;
	bool wants_restriction = !is_about_types && !strstr(warnings[_i].condition, "evt.type") && !strstr(warnings[_i].condition, "evt.num");

	snprintf(text, sizeof text, wants_restriction ? "evt.type = open and (%s)" : "%s", warnings[_i].condition);
	condition = condition_of_text(arena, text);
	ck_assert_ptr_nonnull(condition);
	ck_assert_int_eq(warn_before_check(arena, condition, &found.sink), 0);
	if (check_condition(arena, condition, NULL) == 0)
		ck_assert_int_eq(warn_after_check(arena, condition, &found.sink), 0);
	warn_event_types(condition, condition->span, &found.sink);
	ck_assert_msg(found.count == warnings[_i].count, "%s: %u warnings", text, found.count);
	for (uint32_t i = 0; i < found.count; i++)
		ck_assert_int_eq(found.findings[i].kind, warnings[_i].kinds[i]);
	if (warnings[_i].first_message)
		ck_assert_msg(text_is(found.findings[0].message, warnings[_i].first_message), TEXT_FORMAT,
			      TEXT_ARGUMENTS(found.findings[0].message));
	arena_free(arena);
}
END_TEST

START_TEST(outputs_are_searched_for_deprecated_fields)
{
	struct arena *arena = arena_new(0);
	struct finding_list found = finding_list_new();

	ck_assert_int_eq(warn_output(arena, TEXT("x %evt.latency.ns y"), (struct span){0}, &found.sink), 0);
	ck_assert_uint_eq(found.count, 2);
	ck_assert(text_is(found.findings[0].subject, "evt.latency"));
	ck_assert(text_is(found.findings[1].message, "usage of deprecated field 'evt.latency.ns' has been detected in the rule output"));
	arena_free(arena);
}
END_TEST

START_TEST(no_memory_is_reported)
{
	unsigned done = 0;

	for (size_t limit = 4096; limit < 200000; limit += 1024) {
		struct arena *arena = arena_new(limit);
		struct finding_list found = finding_list_new();
		struct condition *condition = condition_of_text(arena, "proc.name regex '[a-z]*x{20}' or evt.buffer bcontains 0011 or "
								       "nosuch.field = 1 or fd.sip in (1.2.3.4, x)");
		int status;

		if (condition) {
			status = check_condition(arena, condition, &found.sink);
			ck_assert_msg(status == -ENOMEM || (status == -EINVAL && found.count == 2), "limit %zu: %d", limit, status);
			done += status == -EINVAL;
		}
		arena_free(arena);
	}
	ck_assert_uint_ge(done, 1);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

static Suite *suite(void)
{
	Suite *result = suite_create("check_types");
	TCase *cases = tcase_create("check_types");

	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, bad_conditions_are_refused_with_falcos_message, 0, COUNT(bad_conditions));
	tcase_add_loop_test(cases, good_conditions_are_accepted, 0, COUNT(good_conditions));
	tcase_add_test(cases, numbers_are_cut_to_the_width_of_their_type);
	tcase_add_test(cases, networks_and_addresses_are_in_network_order);
	tcase_add_test(cases, field_arguments_are_told_apart);
	tcase_add_test(cases, wrong_names_get_a_hint);
	tcase_add_test(cases, all_errors_of_a_condition_are_reported);
	tcase_add_test(cases, operators_of_exceptions_are_read);
	tcase_add_loop_test(cases, doubtful_conditions_get_warnings, 0, COUNT(warnings));
	tcase_add_test(cases, outputs_are_searched_for_deprecated_fields);
	tcase_add_test(cases, no_memory_is_reported);
	suite_add_tcase(result, cases);
	return result;
}

CHECK_MAIN(suite)
