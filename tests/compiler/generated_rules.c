#include "tests/compiler/generated_rules.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))
#define PICK(random, table) table[random_below(random, COUNT(table))]

/* ---- what constants and values are taken from, so that they meet ---- */

static const char *const texts[] = {
	"",	   "a",		"ab",	   "abc",	  "ABC",	  "b",	       "/etc/passwd", "/etc", "/etc/shadow", "etc",
	"/opt/x/", "//opt//x/y", "O_CREAT", "O_RDWR|O_CREAT", "x\xc3\xa9y", "x\xffy", "<NA>",	      "YWJj", "-n5",	     "-n",
	"5",	   "file",	"ipv4",	   "a b",	  "*",		  "a*c",       "\xe2\x82", "A\nB", "=", "aab"};
static const char *const globs[] = {"*", "a*", "*b", "?", "[ab]*", "/etc/*", "*[!a]", "a\\*c", "", "*a*b*", "[[:upper:]]*", "\xff*"};
static const char *const regexes[] = {"a", "a.*", ".*", "(a|b)+", "[^a]*", "/etc/.*", "x.y", "", "A$\n^B", "[[:alpha:]]{2,3}", ".*\xc3\xa9.*",
				      "a?b?c?", "x[\\x{80}-\\x{10ffff}]y", "ab?$", "^[a-c]+$", "^$"};
static const char *const paths[] = {"/etc", "etc/passwd", "/", "/opt/x", "/*/passwd", "o?t", "/etc/[ps]*", "", "a", "/opt/x/y/z"};
static const char *const numbers[] = {"0", "1", "-1", "5", "1000", "-5", "4294967295", "65537", "3"};
static const char *const addresses[] = {"1.2.3.4", "10.0.0.1", "::1", "127.0.0.1", "fe80::1"};
static const char *const networks[] = {"10.0.0.0/8", "1.2.3.4/32", "0.0.0.0/0", "::/1", "fe80::/64", "127.0.0.0/8"};
static const char *const ports[] = {"22", "ssh", "80", "443", "0", "65535"};
static const char *const hexes[] = {"61", "6162", "", "ff", "C3A9", "2f6574"};
static const char *const event_types[] = {"open", "openat", "close", "execve", "getpid", "connect", "write", "container", "NA", "clone3"};

struct generated_field {
	const char *name;
	char kind; /* s text, n number, b bool, p port, i address, w network, y bytes, l list, t event type, r real */
};

static const struct generated_field fields[] = {
	{"proc.name", 's'},	  {"fd.name", 's'},	       {"proc.env[HOME]", 's'},	   {"evt.arg.name", 's'},
	{"evt.arg.flags", 's'},	  {"evt.arg[1]", 's'},	       {"proc.aname[2]", 's'},	   {"proc.aname", 's'},
	{"proc.aexe", 's'},	  {"container.label.x", 's'},  {"evt.rawarg.name", 's'},   {"tolower(proc.name)", 's'},
	{"toupper(fd.name)", 's'}, {"basename(fd.name)", 's'}, {"concat(proc.name, '-', fd.name)", 's'}, {"b64(proc.args)", 's'},
	{"join('/', (proc.name, 'x', proc.pid))", 's'}, {"getopt((proc.args[1], proc.args[2]), 'n:a')[n]", 's'},
	{"tolower('ABC')", 's'},  {"proc.pid", 'n'},	       {"user.uid", 'n'},	   {"fd.num", 'n'},
	{"proc.cmdnargs", 'n'},	  {"evt.cpu", 'n'},	       {"proc.apid", 'n'},	   {"proc.apid[1]", 'n'},
	{"evt.rawarg.flags", 'n'}, {"evt.rawarg.fd", 'n'},     {"evt.rawarg.res", 'n'},	   {"len(proc.name)", 'n'},
	{"len(fd.types)", 'n'},	  {"proc.duration", 'n'},      {"proc.is_sid_leader", 'b'}, {"evt.is_open_read", 'b'},
	{"fd.sport", 'p'},	  {"fd.port", 'p'},	       {"fd.sip", 'i'},		   {"fd.ip", 'i'},
	{"fd.snet", 'w'},	  {"fd.net", 'w'},	       {"evt.buffer", 'y'},	   {"fd.types", 'l'},
	{"tolower(fd.types)", 'l'}, {"(proc.name, 'a')", 'x'}, {"getopt((proc.args[1], proc.args[2]), 'n:a')", 'l'},
	{"tolower((proc.name, \"A\"))", 'l'}, {"evt.type", 't'}, {"evt.type", 't'}, {"evt.type", 't'}, {"syscall.type", 't'},
	{"evt.dir", 'd'},	  {"thread.cpu", 'r'},	       {"evt.type.is.open", 'n'}, {"evt.around[1000]", 'a'}, {"evt.num", 'n'},
};

/* ---- conditions ---- */

static void append_constant(struct buffer *text, const char *constant)
{
	buffer_append_byte(text, '"');
	for (const char *c = constant; *c; c++) {
		if (*c == '"' || *c == '\\' || *c < ' ' || *c > '~')
			buffer_printf(text, "\\x%02x", (uint8_t)*c);
		else
			buffer_append_byte(text, (uint8_t)*c);
	}
	buffer_append_byte(text, '"');
}

#define CONSTANT(constants) append_constant(text, PICK(random, constants))

void generate_constant(struct random_source *random, enum value_type type, enum operator_id operator, struct buffer *text)
{
	static const char *const booleans[] = {"true", "false"};

	if (operator >= OPERATOR_LESS && operator <= OPERATOR_GREATER_EQUAL) {
		buffer_append_string(text, PICK(random, numbers)); /* the grammar wants a bare number */
		return;
	}
	switch (type_kind(type)) {
	case KIND_SIGNED:
	case KIND_UNSIGNED:
	case KIND_REAL:
		if (type == TYPE_PORT)
			CONSTANT(ports);
		else
			CONSTANT(numbers);
		break;
	case KIND_BOOLEAN:
		CONSTANT(booleans);
		break;
	case KIND_ADDRESS:
		CONSTANT(addresses);
		break;
	case KIND_NETWORK:
		CONSTANT(networks);
		break;
	case KIND_STRING:
	case KIND_BYTES:
	case KIND_OPAQUE:
		if (operator == OPERATOR_BCONTAINS || operator == OPERATOR_BSTARTSWITH)
			CONSTANT(hexes);
		else if (operator == OPERATOR_GLOB || operator == OPERATOR_IGLOB)
			CONSTANT(globs);
		else if (operator == OPERATOR_REGEX)
			CONSTANT(regexes);
		else if (operator == OPERATOR_PMATCH)
			CONSTANT(paths);
		else
			CONSTANT(texts);
		break;
	}
}
#undef CONSTANT

static void append_list(struct random_source *random, const char *const *constants, uint32_t count, struct buffer *text)
{
	uint32_t length = random_below(random, 5);

	buffer_append_string(text, "(");
	for (uint32_t i = 0; i < length; i++) {
		if (i > 0)
			buffer_append_string(text, ", ");
		append_constant(text, constants[random_below(random, count)]);
	}
	buffer_append_string(text, ")");
}

/* An operator with one constant, or with a list and a modifier, or a set. */
static void append_comparison(struct random_source *random, const char *const *operators, uint32_t operator_count,
			      const char *const *constants, uint32_t constant_count, struct buffer *text)
{
	static const char *const modifiers[] = {"oneof", "anyof", "allof"};

	switch (random_below(random, 4)) {
	case 0:
		buffer_printf(text, " %s %s ", operators[random_below(random, operator_count)], PICK(random, modifiers));
		append_list(random, constants, constant_count, text);
		return;
	case 1:
		buffer_append_string(text, random_below(random, 3) ? " in " : " intersects ");
		append_list(random, constants, constant_count, text);
		return;
	default:
		buffer_printf(text, " %s ", operators[random_below(random, operator_count)]);
		append_constant(text, constants[random_below(random, constant_count)]);
		return;
	}
}

#define COMPARISON(operators, constants) \
	append_comparison(random, operators, COUNT(operators), constants, COUNT(constants), text)

static void append_text_comparison(struct random_source *random, const char *field, struct buffer *text)
{
	static const char *const plain[] = {"=", "!=", "contains", "icontains", "startswith", "endswith"};
	static const char *const orders[] = {"<", "<=", ">", ">="};
	static const char *const glob[] = {"glob", "iglob"};
	static const char *const regex[] = {"regex"};
	static const char *const modifiers[] = {"", "oneof ", "anyof ", "allof "};
	static const char *const right[] = {"val(proc.pname)", "tolower(fd.name)", "val(fd.name)", "concat(proc.name, 'c')"};
	bool takes_right = !strstr(field, "proc.aname") && !strstr(field, "proc.aexe") && !strstr(field, "rawarg");

	switch (random_below(random, 9)) {
	case 0:
		buffer_printf(text, " %s %s", PICK(random, orders), PICK(random, numbers));
		return;
	case 1:
		buffer_append_string(text, " pmatch ");
		append_list(random, paths, COUNT(paths), text);
		return;
	case 2: {
		const char *modifier = PICK(random, modifiers);

		buffer_printf(text, " %s %s", PICK(random, glob), modifier);
		if (*modifier)
			append_list(random, globs, COUNT(globs), text);
		else
			append_constant(text, PICK(random, globs));
		return;
	}
	case 3: {
		const char *modifier = PICK(random, modifiers);

		buffer_printf(text, " %s %s", PICK(random, regex), modifier);
		if (*modifier)
			append_list(random, regexes, COUNT(regexes), text);
		else
			append_constant(text, PICK(random, regexes));
		return;
	}
	case 4:
		if (takes_right) {
			buffer_printf(text, " %s %s", PICK(random, plain), PICK(random, right));
			return;
		}
		break;
	case 5:
		if (takes_right) {
			buffer_printf(text, " in %s", PICK(random, right));
			return;
		}
		break;
	default:
		break;
	}
	COMPARISON(plain, texts);
}

static void append_number_comparison(struct random_source *random, const char *field, struct buffer *text)
{
	static const char *const equalities[] = {"=", "!="};
	static const char *const orders[] = {"<", "<=", ">", ">="};

	if (random_below(random, 3) == 0)
		buffer_printf(text, " %s %s", PICK(random, orders), PICK(random, numbers));
	else if (random_below(random, 4) == 0 && text_is(text_from_string(field), "proc.pid"))
		buffer_printf(text, " %s val(proc.ppid)", random_below(random, 2) ? "<=" : "in");
	else
		COMPARISON(equalities, numbers);
}

static void append_check(struct random_source *random, struct buffer *text)
{
	static const char *const equalities[] = {"=", "!="};
	static const char *const orders[] = {"<", "<=", ">", ">="};
	static const char *const bytes_operators[] = {"=", "!=", "contains", "startswith", "endswith"};
	static const char *const hex_operators[] = {"bcontains", "bstartswith"};
	static const char *const booleans[] = {"true", "false"};
	static const char *const directions[] = {"<", ">"};
	static const char *const kinds_of_descriptor[] = {"file", "ipv4", "FILE", "a", "n", "5"};
	const struct generated_field *field = &fields[random_below(random, COUNT(fields))];

	if (field->kind == 'x') { /* only inside len() */
		buffer_printf(text, "len(%s) = 2", field->name);
		return;
	}
	buffer_append_string(text, field->name);
	if (field->kind != 'a' && random_below(random, 8) == 0) {
		buffer_append_string(text, " exists");
		return;
	}
	switch (field->kind) {
	case 's':
		append_text_comparison(random, field->name, text);
		break;
	case 'n':
		append_number_comparison(random, field->name, text);
		break;
	case 'r':
		buffer_printf(text, " %s %s", PICK(random, orders), PICK(random, numbers));
		break;
	case 'a':
		buffer_printf(text, " = %s", PICK(random, numbers));
		break;
	case 'b':
		COMPARISON(equalities, booleans);
		break;
	case 'p':
		if (random_below(random, 3) == 0)
			buffer_printf(text, " %s %s", PICK(random, orders), "443");
		else
			COMPARISON(equalities, ports);
		break;
	case 'i':
		COMPARISON(equalities, addresses);
		break;
	case 'w':
		COMPARISON(equalities, networks);
		break;
	case 'y':
		if (random_below(random, 2))
			buffer_printf(text, " %s '%s'", PICK(random, hex_operators), PICK(random, hexes));
		else
			COMPARISON(bytes_operators, texts);
		break;
	case 'l':
		buffer_append_string(text, random_below(random, 2) ? " in " : " intersects ");
		append_list(random, kinds_of_descriptor, COUNT(kinds_of_descriptor), text);
		break;
	case 'd':
		COMPARISON(equalities, directions);
		break;
	default:
		if (random_below(random, 4) == 0)
			buffer_printf(text, " startswith %s", PICK(random, event_types));
		else
			COMPARISON(equalities, event_types);
		break;
	}
}

void generate_condition(struct random_source *random, unsigned depth, struct buffer *text)
{
	uint32_t choice = random_below(random, depth == 0 ? 12 : depth > 3 ? 3 : 8);

	if (choice < 3 && depth > 0) {
		append_check(random, text);
	} else if (choice == 3) {
		buffer_append_string(text, "not (");
		generate_condition(random, depth + 1, text);
		buffer_append_string(text, ")");
	} else {
		uint32_t count = 2 + random_below(random, 3);
		const char *join = choice % 2 ? " and " : " or ";

		buffer_append_string(text, "(");
		for (uint32_t i = 0; i < count; i++) {
			if (i > 0)
				buffer_append_string(text, join);
			generate_condition(random, depth + 1, text);
		}
		buffer_append_string(text, ")");
	}
}

/* ---- anything that the catalogue has ---- */

static void append_any_argument(struct random_source *random, enum field_argument form, struct buffer *text)
{
	static const char *const parameters[] = {"fd", "name", "flags", "exe", "res", "addr", "data", "uid", "mode", "tuple", "args"};
	static const char *const names[] = {"HOME", "a b", "/x/*", "5"};

	switch (form) {
	case ARGUMENT_PARAMETER:
	case ARGUMENT_PARAMETER_NAME:
		buffer_printf(text, ".%s", PICK(random, parameters));
		break;
	case ARGUMENT_EVENT_NAME:
		buffer_append_string(text, ".open");
		break;
	case ARGUMENT_SUBSYSTEM:
		buffer_append_string(text, ".cpu");
		break;
	case ARGUMENT_SOURCE_OR_TARGET:
		buffer_append_string(text, random_below(random, 2) ? ".src" : "");
		break;
	case ARGUMENT_NAME:
	case ARGUMENT_KEY:
	case ARGUMENT_INDEX_OR_KEY:
	case ARGUMENT_INDEX_OR_NAME:
		buffer_printf(text, "['%s']", PICK(random, names));
		break;
	case ARGUMENT_INDEX:
	case ARGUMENT_TIMESTAMP:
	case ARGUMENT_DESCRIPTOR:
		buffer_printf(text, "[%u]", random_below(random, 5));
		break;
	case ARGUMENT_NONE:
		break;
	}
}

static void append_any_field(struct random_source *random, struct buffer *text)
{
	const struct field_info *info = field_info(random_below(random, FIELD_COUNT));
	bool is_required = (info->flags & FIELD_FLAG_ARG_REQUIRED) != 0;

	buffer_append_string(text, info->name);
	if (is_required || random_below(random, 2))
		append_any_argument(random, (enum field_argument)info->argument, text);
}

static void append_any_expression(struct random_source *random, unsigned depth, bool takes_list, struct buffer *text)
{
	static const char *const one[] = {"tolower", "toupper", "b64", "basename", "len"};
	static const char *const several[] = {"join", "concat", "getopt"};
	static const char *const lists[] = {"fd.types", "fd.types[1]"};
	uint32_t choice = random_below(random, depth > 2 ? 4 : 10);

	if (choice < 3) {
		append_any_field(random, text);
	} else if (choice == 3 && depth > 0) {
		buffer_append_string(text, random_below(random, 3) ? "'n:a'" : "5");
	} else if (choice == 3) {
		buffer_append_string(text, PICK(random, lists));
	} else if (choice < 7 && takes_list && depth > 0) {
		uint32_t count = random_below(random, 4);

		buffer_append_byte(text, '(');
		for (uint32_t i = 0; i < count; i++) {
			buffer_append_string(text, i ? ", " : "");
			append_any_expression(random, depth + 1, false, text);
		}
		buffer_append_byte(text, ')');
	} else if (choice < 8) {
		buffer_printf(text, "%s(", PICK(random, one));
		append_any_expression(random, depth + 1, true, text);
		buffer_append_byte(text, ')');
	} else {
		const char *name = PICK(random, several);
		bool list_first = strcmp(name, "getopt") == 0;

		buffer_printf(text, "%s(", name);
		append_any_expression(random, depth + 1, list_first, text);
		buffer_append_string(text, ", ");
		append_any_expression(random, depth + 1, !list_first, text);
		buffer_append_byte(text, ')');
		if (list_first && random_below(random, 2))
			buffer_append_string(text, "[n]");
	}
}

void generate_any_check(struct random_source *random, struct buffer *text)
{
	static const char *const operators[] = {"=", "!=", "contains", "icontains", "bcontains", "startswith", "endswith", "glob",
						"iglob", "regex", "= oneof", "!= allof", "contains anyof", "glob oneof"};
	static const char *const constants[] = {"'5'", "'a'", "true", "1.2.3.4", "10.0.0.0/8", "'00'", "ssh", "'x*'"};
	const char *operator = PICK(random, operators);

	append_any_expression(random, 0, true, text);
	switch (random_below(random, 7)) {
	case 0:
		buffer_append_string(text, " exists");
		break;
	case 1:
		buffer_printf(text, " %s (%s)", random_below(random, 2) ? "in" : "intersects", PICK(random, constants));
		break;
	case 2:
		buffer_printf(text, " %s 5", random_below(random, 2) ? "<" : ">=");
		break;
	case 3:
		buffer_printf(text, " %s ", random_below(random, 2) ? "in" : "=");
		if (random_below(random, 2)) {
			buffer_append_string(text, "val(");
			append_any_field(random, text);
			buffer_append_byte(text, ')');
		} else {
			append_any_expression(random, 1, true, text);
		}
		break;
	case 4:
		buffer_append_string(text, " pmatch (/a, /b*)");
		break;
	default:
		buffer_printf(text, strchr(operator, ' ') ? " %s (%s, %s)" : " %s %s", operator, PICK(random, constants),
			      PICK(random, constants));
		break;
	}
}

/* ---- values ---- */

unsigned generate_event(struct random_source *random)
{
	static const unsigned often[] = {EVENT_SYSCALL_OPENAT_2_X, EVENT_SYSCALL_OPEN_X, EVENT_SYSCALL_CLOSE_X, EVENT_GENERIC_X,
					 EVENT_SYSCALL_OPEN_E,	   EVENT_ASYNCEVENT_E};

	return random_below(random, 3) ? PICK(random, often) : random_below(random, EVENT_ID_COUNT);
}

static struct value text_value(struct generated_values *values, enum value_type type, const char *text)
{
	uint8_t *storage = values->storage[values->used++ % COUNT(values->storage)];
	size_t length = strlen(text);

	/* Not where the constants lie, and without a NUL behind. */
	memcpy(storage, text, length);
	storage[length] = 'Z';
	return value_of_text(type, text_of((const char *)storage, length));
}

static struct value number_value(struct random_source *random, enum value_type type)
{
	static const int64_t some[] = {0, 1, -1, 5, 1000, -5, 4294967295, 3, 2};
	unsigned size_bytes = type_size_bytes(type);
	uint64_t number = (uint64_t)PICK(random, some);

	if (size_bytes < 8) {
		unsigned shift = 64 - 8 * size_bytes;

		number <<= shift;
		number = type_kind(type) == KIND_SIGNED ? (uint64_t)((int64_t)number >> shift) : number >> shift;
	}
	return value_of_number(type, number);
}

static struct value address_value(struct generated_values *values, struct random_source *random, enum value_type type)
{
	static const struct text some[] = {{"\1\2\3\4", 4}, {"\x0a\0\0\1", 4}, {"\x7f\0\0\1", 4}, {"\0\0\0\0", 4},
					   {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16}, {"\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16}};
	uint8_t *storage = values->storage[values->used++ % COUNT(values->storage)];
	struct text address = PICK(random, some);

	memcpy(storage, address.bytes, address.length);
	return value_of_text(type, text_of((const char *)storage, address.length));
}

static struct value present_value(struct generated_values *values, struct random_source *random, enum value_type type)
{
	static const uint16_t some_ports[] = {22, 80, 443, 0, 65535};
	static const double reals[] = {0, 1, -1, 0.5, 5, 1e10};
	struct value value;

	if (type == TYPE_PORT)
		return value_of_number(type, PICK(random, some_ports));
	switch (type_kind(type)) {
	case KIND_SIGNED:
	case KIND_UNSIGNED:
		return number_value(random, type);
	case KIND_REAL:
		value = value_of_number(type, 0);
		value.real = PICK(random, reals);
		return value;
	case KIND_BOOLEAN:
		return value_of_number(type, random_below(random, 2));
	case KIND_STRING:
	case KIND_BYTES:
		return text_value(values, type, PICK(random, texts));
	case KIND_ADDRESS:
	case KIND_NETWORK:
		return address_value(values, random, type);
	case KIND_OPAQUE:
		return text_value(values, type, PICK(random, texts));
	}
	return value_absent();
}

static struct value list_value(struct generated_values *values, struct random_source *random, enum value_type type, uint32_t most)
{
	struct value *elements = values->elements[values->used++ % COUNT(values->elements)];
	struct value list = {.state = VALUE_PRESENT, .type = (uint8_t)type, .is_list = true, .elements = elements};

	list.length = random_below(random, most + 1);
	for (uint32_t i = 0; i < list.length; i++)
		elements[i] = present_value(values, random, type);
	return list;
}

/* The parameter of evt.arg and evt.rawarg; -1: the event has none of that name or number. */
static int parameter_of(const struct generated_values *values, const struct field_request *request)
{
	int parameter = request->argument_is_number ? (int)request->argument_number
						    : event_parameter_index(values->event, request->argument);

	return parameter < (int)event_parameter_count(values->event) ? parameter : -1;
}

/* What the catalogue knows of the event; false when it does not decide. */
static bool known_value(struct generated_values *values, struct random_source *random, const struct field_request *request,
			struct value *ret_value)
{
	const struct event_info *info = event_info(values->event);
	bool is_generic = values->event == EVENT_GENERIC_X || values->event == EVENT_GENERIC_E;
	const char *name = is_generic ? PICK(random, event_types) : info->name;

	if (values->event == EVENT_ASYNCEVENT_E)
		name = random_below(random, 2) ? "container" : "reload";

	switch (request->field) {
	case FIELD_EVT_NUM:
		*ret_value = value_of_number(TYPE_UINT64, 1 + random_below(random, 6));
		return true;
	case FIELD_EVT_TYPE:
	case FIELD_SYSCALL_TYPE:
		if (request->field == FIELD_SYSCALL_TYPE && info->event_class != EVENT_CLASS_SYSCALL)
			*ret_value = value_absent();
		else
			*ret_value = text_value(values, TYPE_CHARBUF, name);
		return true;
	case FIELD_EVT_DIR:
		*ret_value = text_value(values, TYPE_CHARBUF, values->event % 2 ? "<" : ">");
		return true;
	case FIELD_EVT_TYPE_IS:
		*ret_value = value_of_number(TYPE_UINT32, values->event == EVENT_SYSCALL_OPEN_E || values->event == EVENT_SYSCALL_OPEN_X);
		return true;
	case FIELD_EVT_ARG:
	case FIELD_EVT_RAWARG:
		*ret_value = value_absent();
		return parameter_of(values, request) < 0;
	default:
		return false;
	}
}

/* No value is longer than the catalogue says that values of its field are. */
static void cut_to(struct value *value, uint32_t bytes_max)
{
	enum value_kind kind = type_kind((enum value_type)value->type);
	struct value *elements = (struct value *)(uintptr_t)value->elements;

	if (value->state == VALUE_PRESENT && value->is_list)
		for (uint32_t i = 0; i < value->length; i++)
			cut_to(&elements[i], bytes_max);
	else if (value->state == VALUE_PRESENT && (kind == KIND_STRING || kind == KIND_BYTES) && value->length > bytes_max)
		value->length = bytes_max;
}

static void get(struct value_source *source, uint32_t slot, const struct field_request *request, struct value *ret_value)
{
	struct generated_values *values = (struct generated_values *)(void *)source;
	struct random_source random = {.state = values->seed ^ text_hash(request->argument, request->field * 7u + request->flags)};
	const struct field_info *info = field_info(request->field);
	enum value_type type = info->type;
	uint32_t dice;

	(void)slot;
	if (known_value(values, &random, request, ret_value))
		return;
	dice = random_below(&random, 16);
	if (dice == 0) {
		*ret_value = value_absent();
		return;
	}
	if (values->has_unknown && dice < 6) {
		*ret_value = value_unknown();
		return;
	}
	if (request->field == FIELD_EVT_RAWARG)
		type = event_parameter_info(values->event, (unsigned)parameter_of(values, request))->type;
	if (request->flags & SLOT_FLAG_EACH)
		*ret_value = list_value(values, &random, type, info->flags & FIELD_FLAG_EITHER_END ? 2 : 4);
	else if (info->is_list)
		*ret_value = list_value(values, &random, type, 4);
	else
		*ret_value = present_value(values, &random, type);
	cut_to(ret_value, info->value_bytes_max);
	if (values->has_unknown && dice < 9 && ret_value->state == VALUE_PRESENT)
		ret_value->state = VALUE_PREDICTED;
}

void generate_values(struct generated_values *values, uint64_t seed, unsigned event, bool has_unknown)
{
	values->source.get = get;
	values->seed = seed;
	values->event = event;
	values->has_unknown = has_unknown;
	values->used = 0;
}
