/*
 * What conditions mean, statement by statement of the language reference, sections 4 and 5: both the compiled program and
 * the oracle are asked.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/check/check_types.h"
#include "compiler/emit/emit_program.h"
#include "compiler/oracle/evaluate_ast.h"
#include "tests/support/check_main.h"
#include "tests/support/condition_of_text.h"
#include "vm/interpret.h"

/*
 * Values: "FIELD=KIND:VALUE" separated by ';'. FIELD with its argument in brackets, "*" behind it for the list of all its
 * values. KIND: s text, n number, r real, a address, y bytes as text; a list is "KIND:V,V", one of nothing "KIND:". Fields
 * that are not named are absent. evt.type is open, an exit event.
 */
static const struct {
	const char *condition;
	const char *values;
	bool holds;
} cases[] = {
	/* 4.1: absent values */
	{"proc.name = x", "", false},
	{"proc.name != x", "", false},
	{"proc.name in (x)", "", false},
	{"proc.name exists", "", false},
	{"not proc.name = x", "", true},
	{"not proc.name != x", "", true},
	{"not proc.name in (x)", "", true},
	{"not proc.name exists", "", true},
	{"proc.pid < 5", "", false},
	{"not proc.pid < 5", "", true},
	{"proc.name exists", "proc.name=s:", true},
	{"proc.name = ''", "proc.name=s:", true},
	{"proc.name = <NA>", "proc.name=s:<NA>", true},
	{"proc.name = <NA>", "", false},
	{"proc.name = val(proc.pname)", "proc.name=s:x", false},
	{"proc.name != val(proc.pname)", "proc.name=s:x", false},
	{"not proc.name != val(proc.pname)", "proc.name=s:x", true},
	{"b64(proc.args) = abc", "proc.args=s:YWJj", true},
	{"b64(proc.args) exists", "proc.args=s:YWJj!", false},
	{"not b64(proc.args) = abc", "proc.args=s:%%%", true},
	/* 4.3: equality and order */
	{"proc.name = Cat", "proc.name=s:cat", false},
	{"proc.name == cat", "proc.name=s:cat", true},
	{"proc.name != cat", "proc.name=s:cats", true},
	{"proc.pid = 007", "proc.pid=n:7", true},
	{"proc.pid > -5", "proc.pid=n:-4", true},
	{"proc.pid <= -5", "proc.pid=n:-5", true},
	{"user.uid = -1", "user.uid=n:4294967295", true},
	{"user.uid > 5", "user.uid=n:4294967295", true},
	{"evt.cpu = 65537", "evt.cpu=n:1", true},
	{"proc.name < 5", "proc.name=s:49", true},
	{"proc.name < 5", "proc.name=s:5", false},
	{"proc.name <= 5", "proc.name=s:5", true},
	{"proc.name > 5", "proc.name=s:50", true},
	{"proc.name >= 5", "proc.name=s:\xff", true},
	{"thread.cpu > 1", "thread.cpu=r:1.5", true},
	{"thread.cpu = 1", "thread.cpu=r:1.5", false},
	{"thread.cpu in (1, 2)", "thread.cpu=r:2", true},
	{"proc.is_sid_leader = true", "proc.is_sid_leader=n:1", true},
	{"proc.is_sid_leader != true", "proc.is_sid_leader=n:0", true},
	{"proc.is_sid_leader in (false)", "proc.is_sid_leader=n:0", true},
	{"evt.buffer = abc", "evt.buffer=y:abc", true},
	{"evt.buffer = abc", "evt.buffer=y:abcd", false},
	{"fd.sip = 1.2.3.4", "fd.sip=a:1.2.3.4", true},
	{"fd.sip = ::1", "fd.sip=a:1.2.3.4", false},
	{"fd.sip != ::1", "fd.sip=a:1.2.3.4", true},
	{"fd.snet = 10.0.0.0/8", "fd.snet=a:10.9.8.7", true},
	{"fd.snet = 10.0.0.0/8", "fd.snet=a:11.0.0.1", false},
	{"fd.snet != 10.0.0.0/8", "fd.snet=a:11.0.0.1", true},
	{"fd.snet = ::/1", "fd.snet=a:1.2.3.4", false},
	{"fd.snet != ::/1", "fd.snet=a:1.2.3.4", true},
	{"fd.snet = fe80::/64", "fd.snet=a:fe80::5", true},
	{"fd.snet = 10.1.1.1/264", "fd.snet=a:10.9.8.7", true},
	{"fd.sport = https", "fd.sport=n:443", true},
	{"fd.sport = 65579", "fd.sport=n:43", true},
	/* 4.4: sets */
	{"proc.pid in (01, 2)", "proc.pid=n:1", true},
	{"proc.pid intersects (1, 2)", "proc.pid=n:2", true},
	{"proc.name in (a, b)", "proc.name=s:b", true},
	{"proc.name in (a, b)", "proc.name=s:bb", false},
	{"proc.name in ()", "proc.name=s:", false},
	{"not proc.name in ()", "proc.name=s:a", true},
	{"fd.snet in (10.0.0.0/8, 1.0.0.0/8)", "fd.snet=a:1.2.3.4", true},
	{"fd.sip in (1.2.3.4, ::1)", "fd.sip=a:::1", true},
	{"fd.types in (file, ipv4)", "fd.types=s:file,ipv4", true},
	{"fd.types in (file, ipv4)", "fd.types=s:file,ipv6", false},
	{"fd.types in (file)", "fd.types=s:", true},
	{"fd.types in ()", "fd.types=s:", true},
	{"fd.types in ()", "fd.types=s:file", false},
	{"fd.types intersects (file, ipv4)", "fd.types=s:ipv6,file", true},
	{"fd.types intersects (file)", "fd.types=s:", false},
	{"fd.types in (file)", "", false},
	{"fd.types exists", "fd.types=s:", true},
	{"proc.name in val(proc.pname)", "proc.name=s:x;proc.pname=s:x", true},
	/* 4.5: strings */
	{"proc.cmdline contains -e", "proc.cmdline=s:nc -e sh", true},
	{"proc.cmdline contains ''", "proc.cmdline=s:", true},
	{"proc.cmdline contains -E", "proc.cmdline=s:nc -e sh", false},
	{"proc.cmdline icontains -E", "proc.cmdline=s:nc -e sh", true},
	{"proc.cmdline icontains val(proc.name)", "proc.cmdline=s:A NC b;proc.name=s:nC", true},
	{"fd.name startswith /etc", "fd.name=s:/etc/passwd", true},
	{"fd.name endswith passwd", "fd.name=s:/etc/passwd", true},
	{"fd.name endswith /etc/passwd/x", "fd.name=s:passwd", false},
	{"evt.buffer contains b", "evt.buffer=y:abc", true},
	{"evt.buffer bcontains 6263", "evt.buffer=y:abc", true},
	{"evt.buffer bcontains 6264", "evt.buffer=y:abc", false},
	{"evt.buffer bstartswith 61", "evt.buffer=y:abc", true},
	{"evt.buffer bstartswith ''", "evt.buffer=y:", true},
	/* 4.6: globs */
	{"fd.name glob '/etc/*'", "fd.name=s:/etc/a/b", true},
	{"fd.name glob '*.conf'", "fd.name=s:.conf", true},
	{"fd.name glob '/ETC/*'", "fd.name=s:/etc/a", false},
	{"fd.name iglob '/ETC/*'", "fd.name=s:/etc/a", true},
	{"fd.name glob '?tc'", "fd.name=s:/tc", true},
	{"fd.name glob '[!a]b'", "fd.name=s:cb", true},
	{"fd.name glob '[ab'", "fd.name=s:[ab", true},
	{"fd.name glob \"a\\x5c*\"", "fd.name=s:a*", true},
	{"fd.name glob \"a\\x5c*\"", "fd.name=s:ab", false},
	/* 4.7: regular expressions */
	{"fd.name regex etc", "fd.name=s:/etc", false},
	{"fd.name regex '/etc/.*'", "fd.name=s:/etc/x", true},
	{"fd.name regex '^(a|b)+$'", "fd.name=s:abba", true},
	{"fd.name regex 'a.b'", "fd.name=s:a\nb", false},
	{"fd.name regex 'a.b'", "fd.name=s:a\xc3\xa9" "b", true},
	{"fd.name regex 'a.b'", "fd.name=s:a\xff" "b", true},
	{"fd.name regex 'a.b'", "fd.name=s:a\xff\xfe" "b", false},
	{"fd.name regex 'a.b'", "fd.name=s:a\xe2\x82" "b", true},
	{"fd.name regex 'a[[:digit:]]{2}'", "fd.name=s:a12", true},
	/* 4.8: path prefixes */
	{"fd.name pmatch (/opt)", "fd.name=s:/opt/x", true},
	{"fd.name pmatch (/opt)", "fd.name=s:/opt", true},
	{"fd.name pmatch (opt/)", "fd.name=s://opt//x", true},
	{"fd.name pmatch (/opt/di)", "fd.name=s:/opt/dir", false},
	{"fd.name pmatch (/)", "fd.name=s:anything", true},
	{"fd.name pmatch ('')", "fd.name=s:", true},
	{"fd.name pmatch ()", "fd.name=s:/", false},
	{"fd.name pmatch (/home/*/.ssh)", "fd.name=s:/home/me/.ssh/id", true},
	{"fd.name pmatch (/home/*/.ssh)", "fd.name=s:/home/.ssh", false},
	{"fd.name pmatch (/home/*)", "fd.name=s:/home/", false},
	{"fd.name pmatch (/a*/x, /ab/y)", "fd.name=s:/ab/y", true},
	{"fd.name pmatch (/?b/x, /a?/y, /opt)", "fd.name=s:/ab/y/z", true},
	/* 4.9: modifiers */
	{"proc.name = oneof (a, b)", "proc.name=s:a", true},
	{"proc.name = oneof (a, a)", "proc.name=s:a", false},
	{"proc.name = oneof (a)", "proc.name=s:a", true},
	{"proc.name = oneof ()", "proc.name=s:a", false},
	{"proc.name != allof ()", "proc.name=s:a", false},
	{"not proc.name != allof ()", "proc.name=s:a", true},
	{"proc.name = anyof (a, b)", "proc.name=s:b", true},
	{"proc.name != allof (a, b)", "proc.name=s:c", true},
	{"proc.name != allof (a, b)", "proc.name=s:b", false},
	{"proc.name != anyof (a, b)", "proc.name=s:b", true},
	{"proc.name != allof (a, b)", "", false},
	{"proc.cmdline contains allof (a, b)", "proc.cmdline=s:b a", true},
	{"proc.cmdline contains oneof (a, b)", "proc.cmdline=s:b a", false},
	{"proc.cmdline regex anyof ('a+', 'b+')", "proc.cmdline=s:bb", true},
	{"proc.pid = oneof (1, 01)", "proc.pid=n:1", false},
	/* 4.10: either end of a socket */
	{"fd.ip = 1.2.3.4", "fd.ip*=a:5.6.7.8,1.2.3.4", true},
	{"fd.ip != 1.2.3.4", "fd.ip*=a:5.6.7.8,1.2.3.4", false},
	{"fd.ip != 9.9.9.9", "fd.ip*=a:5.6.7.8,1.2.3.4", true},
	{"not fd.ip = 1.2.3.4", "fd.ip*=a:5.6.7.8,1.2.3.4", false},
	{"fd.ip != 1.2.3.4", "fd.ip*=a:", false},
	{"fd.ip exists", "fd.ip*=a:", true},
	{"fd.ip exists", "", false},
	{"fd.ip in (1.1.1.1, 1.2.3.4)", "fd.ip*=a:5.6.7.8,1.2.3.4", true},
	{"fd.ip intersects (1.1.1.1, 5.6.7.8)", "fd.ip*=a:5.6.7.8,1.2.3.4", true},
	{"fd.port < 1024", "fd.port*=n:40000,22", true},
	{"fd.port < 22", "fd.port*=n:40000,22", false},
	{"fd.port != ssh", "fd.port*=n:40000,22", false},
	{"fd.port in (80, 22)", "fd.port*=n:40000,22", true},
	{"fd.net in (9.0.0.0/8, 1.0.0.0/8)", "fd.net*=a:5.6.7.8,1.2.3.4", true},
	{"fd.net != 1.0.0.0/8", "fd.net*=a:5.6.7.8,1.2.3.4", false},
	{"fd.port = oneof (22, 80)", "fd.port*=n:40000,22", true},
	{"fd.port = oneof (22, 80)", "fd.port*=n:80,22", false},
	{"fd.port != allof (22, 80)", "fd.port*=n:443,40000", true},
	{"fd.port != allof (22, 80)", "fd.port*=n:443,80", false},
	{"fd.port != anyof (22, 80)", "fd.port*=n:443,80", true},
	{"not fd.port = oneof (22, 80, 443)", "fd.port*=n:80,22", true},
	/* 4.10: every ancestor */
	{"proc.aname = sshd", "proc.aname*=s:bash,sshd,init", true},
	{"proc.aname != sshd", "proc.aname*=s:sshd,sshd", false},
	{"proc.aname != sshd", "proc.aname*=s:sshd,init", true},
	{"not proc.aname = sshd", "proc.aname*=s:bash", true},
	{"proc.aname in (sshd, init)", "proc.aname*=s:bash,init", true},
	{"proc.aname exists", "proc.aname*=s:", false},
	{"proc.aname exists", "proc.aname*=s:init", true},
	{"proc.aname = anyof (a, b)", "proc.aname*=s:x,b", true},
	{"proc.aname = oneof (a, a)", "proc.aname*=s:a", false},
	{"proc.aname[2] = init", "proc.aname[2]=s:init", true},
	{"proc.apid in (1, 2)", "proc.apid*=n:77,1", true},
	{"proc.aenv[2] = x", "proc.aenv[2]=s:x", true},
	{"proc.aenv[HOME] = x", "proc.aenv[HOME]=s:x", true},
	{"proc.env[123] exists", "proc.env[123]=s:", true},
	/* 4.10: the rest */
	{"evt.rawarg.flags = 4097", "evt.rawarg[flags]=n:4097", true},
	{"evt.rawarg.flags in (1, 4097)", "evt.rawarg[flags]=n:4097", true},
	{"evt.rawarg.name contains etc", "evt.rawarg[name]=s:/etc/passwd", true},
	{"evt.rawarg.fd < 0", "evt.rawarg[fd]=n:-2", true},
	{"evt.arg.flags contains O_CREAT", "evt.arg[flags]=s:O_RDWR|O_CREAT", true},
	{"evt.arg[0] = 3", "evt.arg[0]=s:3", true},
	{"evt.arg[99] exists", "evt.arg[99]=s:x", false},
	{"evt.around[1000] = 500", "evt.around[1000]=n:500", true},
	{"evt.around[1000] = 499", "evt.around[1000]=n:500", false},
	{"fd.sip.name contains evil", "fd.sip.name=s:evil.example", true},
	{"evt.dir = <", "", true},
	{"evt.dir = >", "", false},
	{"evt.type startswith open", "", true},
	{"evt.type = oneof (open, close)", "", true},
	{"syscall.type in (open)", "", true},
	{"evt.type.is.open = 1", "", true},
	{"evt.type.is.close = 1", "", false},
	{"evt.arg.backlog exists", "evt.arg[backlog]=s:5", false},
	/* 4.11 */
	{"evt.num >= 1", "", true},
	{"not evt.num < 1", "", true},
	{"evt.num = 7", "evt.num=n:7", true},
	/* 4.13: values on the right */
	{"proc.name = val(proc.pname)", "proc.name=s:x;proc.pname=s:x", true},
	{"proc.cmdline contains val(proc.name)", "proc.cmdline=s:cat x;proc.name=s:cat", true},
	{"proc.pid < val(proc.ppid)", "proc.pid=n:-1;proc.ppid=n:1", true},
	{"fd.sip = val(fd.cip)", "fd.sip=a:::1;fd.cip=a:::1", true},
	{"proc.name = tolower(proc.pname)", "proc.name=s:x;proc.pname=s:X", true},
	{"fd.name glob val(proc.args)", "fd.name=s:/etc/x;proc.args=s:/e*/[x]", true},
	{"proc.is_sid_leader = val(proc.is_pgid_leader)", "proc.is_sid_leader=n:1;proc.is_pgid_leader=n:1", true},
	/* 4.14: transformers */
	{"tolower(proc.name) = abc", "proc.name=s:aBC", true},
	{"toupper(proc.name) = \"\\xc3\\xa9X\"", "proc.name=s:\xc3\xa9x", true},
	{"basename(fd.name) = passwd", "fd.name=s:/etc/passwd", true},
	{"basename(fd.name) = ''", "fd.name=s:/etc/", true},
	{"basename(fd.name) = x", "fd.name=s:x", true},
	{"len(proc.name) = 2", "proc.name=s:\xc3\xa9", true},
	{"len(fd.types) = 0", "fd.types=s:", true},
	{"len(fd.types) = 2", "fd.types=s:a,b", true},
	{"len((proc.name, 'x')) = 2", "proc.name=s:a", true},
	{"len((proc.name, 'x')) = 2", "", false},
	{"tolower(fd.types) intersects (file)", "fd.types=s:IPV4,FILE", true},
	{"join('-', (proc.name, proc.pid, 'x')) = 'a-5-x'", "proc.name=s:a;proc.pid=n:5", true},
	{"join(', ', fd.types) = 'a, b'", "fd.types=s:a,b", true},
	{"join('-', ()) = ''", "", true},
	{"join('-', (user.uid, fd.sport)) = '0-22'", "user.uid=n:0;fd.sport=n:22", true},
	{"join('-', (proc.name, proc.pname)) exists", "proc.name=s:a", false},
	{"concat(proc.name, ':', len(proc.name)) = 'ab:2'", "proc.name=s:ab", true},
	{"concat(proc.name, 5) = a5", "proc.name=s:a", true},
	{"getopt((proc.args[1], proc.args[2]), 'n:a') in (a, n, x)", "proc.args[1]=s:-an;proc.args[2]=s:x", true},
	{"getopt((proc.args[1]), 'n:a') intersects ('?')", "proc.args[1]=s:-z", true},
	{"getopt((proc.args[1], proc.args[2]), 'n:a')[n] = 5", "proc.args[1]=s:--long;proc.args[2]=s:-n5", true},
	{"getopt((proc.args[1]), 'n:a')[a] = a", "proc.args[1]=s:-a", true},
	{"getopt((proc.args[1]), 'n:a')[n] exists", "proc.args[1]=s:-a", false},
	{"getopt((proc.args[1]), 'n:')[n] = ''", "proc.args[1]=s:-n", true},
	{"getopt((proc.args[1], proc.args[2]), 'n:')[n] exists", "proc.args[1]=s:x;proc.args[2]=s:-n5", false},
	{"tolower('ABC') = abc", "", true},
	{"b64(evt.buffer) = a", "evt.buffer=y:YQ==", true},
	{"b64(evt.buffer) exists", "evt.buffer=y:YR==", false},
	{"b64(proc.args) = ''", "proc.args=s:", true},
	/* 3.3, 4.1: and, or, not */
	{"proc.name = a or proc.name = b and proc.pid = 1", "proc.name=s:a", true},
	{"(proc.name = a or proc.name = b) and proc.pid = 1", "proc.name=s:a", false},
	{"not (proc.name = a and proc.pid = 1)", "proc.name=s:a;proc.pid=n:2", true},
	{"not (proc.name = a or not proc.pid = 1)", "proc.name=s:b;proc.pid=n:1", true},
	{"not not proc.name = a", "proc.name=s:a", true},
};

/* ---- values from their text ---- */

struct table {
	struct value_source source;
	struct arena *arena;
	struct text values;
};

static struct value value_of(struct arena *arena, char kind, struct text text, enum value_type type)
{
	char *string = arena_copy_string(arena, text);
	struct value value = {.state = VALUE_PRESENT, .type = (uint8_t)type};
	uint8_t *address;

	switch (kind) {
	case 'n':
		value.number = (uint64_t)strtoll(string, NULL, 10);
		return value;
	case 'r':
		value.real = strtod(string, NULL);
		return value;
	case 'a':
		address = arena_allocate(arena, 16);
		value.length = inet_pton(AF_INET, string, address) == 1 ? 4 : 16;
		if (value.length == 16)
			ck_assert_int_eq(inet_pton(AF_INET6, string, address), 1);
		value.bytes = address;
		return value;
	default:
		return value_of_text(type, text);
	}
}

static void read_value(struct arena *arena, struct text text, const struct field_request *request, struct value *ret_value)
{
	const struct field_info *info = field_info(request->field);
	char kind = text.bytes[0];
	enum value_type type = info->type;
	struct value *elements;
	uint32_t count = 0;

	text = text_slice(text, 2, SIZE_MAX);
	if (type == TYPE_DYN)
		type = kind == 'n' ? TYPE_INT64 : TYPE_CHARBUF;
	if (!info->is_list && !(request->flags & SLOT_FLAG_EACH)) {
		*ret_value = value_of(arena, kind, text, type);
		return;
	}
	elements = arena_allocate_array(arena, text.length + 1, sizeof *elements);
	while (text.length > 0) {
		size_t length = text_find_byte(text, ',');

		elements[count++] = value_of(arena, kind, text_slice(text, 0, length), type);
		text = length == SIZE_MAX ? TEXT_EMPTY : text_slice(text, length + 1, SIZE_MAX);
	}
	*ret_value = (struct value){
		.state = VALUE_PRESENT, .type = (uint8_t)type, .is_list = true, .length = count, .elements = elements};
}

static void get(struct value_source *source, uint32_t slot, const struct field_request *request, struct value *ret_value)
{
	struct table *table = (struct table *)(void *)source;
	struct text name = arena_format(table->arena, request->has_argument ? "%s[%.*s]%s=" : "%s%.*s%s=",
					field_info(request->field)->name, TEXT_ARGUMENTS(request->argument),
					request->flags & SLOT_FLAG_EACH ? "*" : "");

	(void)slot;
	if (request->field == FIELD_EVT_TYPE || request->field == FIELD_SYSCALL_TYPE) {
		*ret_value = value_of_text(TYPE_CHARBUF, TEXT("open"));
		return;
	}
	if (request->field == FIELD_EVT_DIR) {
		*ret_value = value_of_text(TYPE_CHARBUF, TEXT("<"));
		return;
	}
	if (request->field == FIELD_EVT_TYPE_IS) {
		*ret_value = value_of_number(TYPE_UINT32, text_is(request->argument, "open"));
		return;
	}
	*ret_value = request->field == FIELD_EVT_NUM ? value_of_number(TYPE_UINT64, 1) : value_absent();
	/* The fixture may name parameters that the event does not have: then there is no value all the same. */
	if (request->field == FIELD_EVT_ARG &&
	    (request->argument_is_number ? request->argument_number > 5
					 : event_parameter_index(EVENT_SYSCALL_OPEN_X, request->argument) < 0))
		return;
	for (struct text rest = table->values; rest.length > 0;) {
		size_t length = text_find_byte(rest, ';');
		struct text one = text_slice(rest, 0, length);

		if (text_starts_with(one, name))
			read_value(table->arena, text_slice(one, name.length, SIZE_MAX), request, ret_value);
		rest = length == SIZE_MAX ? TEXT_EMPTY : text_slice(rest, length + 1, SIZE_MAX);
	}
}

START_TEST(conditions_mean_what_the_reference_says)
{
	struct arena *arena = arena_new(0);
	struct table table = {{get}, arena, text_from_string(cases[_i].values)};
	struct output_template output = {0};
	struct finding_list found = finding_list_new();
	struct rule rule = {.name = TEXT("r"),
			    .description = TEXT("d"),
			    .source = TEXT("syscall"),
			    .is_enabled = true,
			    .output = &output,
			    .condition = condition_of_text(arena, cases[_i].condition)};
	struct buffer bytes = BUFFER_INIT;
	const struct rule_match *matches;
	struct interpreter *interpreter;
	struct program_refusal refusal;
	struct emit_result result;
	struct program *program;
	enum truth truth;
	uint32_t count;

	ck_assert_ptr_nonnull(rule.condition);
	ck_assert_msg(check_condition(arena, rule.condition, &found.sink) == 0, "%s: " TEXT_FORMAT, cases[_i].condition,
		      TEXT_ARGUMENTS(found.findings[0].message));
	ck_assert_int_eq(evaluate_condition(arena, rule.condition, &table.source, &truth), 0);
	ck_assert_msg(truth == (cases[_i].holds ? TRUTH_TRUE : TRUTH_FALSE), "the oracle on %s with %s: %d", cases[_i].condition,
		      cases[_i].values, truth);

	result = emit_program(&rule, 1, &EMIT_OPTIONS_DEFAULT, &bytes);
	ck_assert_msg(result.status == EMIT_OK, "%s: %s", cases[_i].condition, result.message);
	ck_assert_int_eq(program_load(bytes.bytes, bytes.length, &program, &refusal), 0);
	interpreter = interpreter_new(program);
	count = interpreter_run(interpreter, &table.source, EVENT_SYSCALL_OPEN_X, &matches);
	ck_assert_msg(count == cases[_i].holds, "the program of %s with %s: %u matches", cases[_i].condition, cases[_i].values, count);
	ck_assert(count == 0 || matches[0].is_certain);
	interpreter_free(interpreter);
	program_free(program);
	buffer_release(&bytes);
	arena_free(arena);
}
END_TEST

static Suite *suite(void)
{
	Suite *result = suite_create("semantics");
	TCase *tests = tcase_create("semantics");

	tcase_add_loop_test(tests, conditions_mean_what_the_reference_says, 0, (int)(sizeof cases / sizeof cases[0]));
	suite_add_tcase(result, tests);
	return result;
}

CHECK_MAIN(suite)
