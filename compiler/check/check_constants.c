#include "compiler/check/check_constants.h"

#include <arpa/inet.h>
#include <errno.h>

#include "base/buffer.h"
#include "compiler/patterns/build_dfa.h"
#include "compiler/patterns/glob_parse.h"
#include "compiler/patterns/regex_parse.h"

/* ---- numbers ---- */

struct decimal {
	bool is_negative, has_overflowed;
	uint64_t magnitude;
};

static bool read_decimal(struct text t, struct decimal *ret_decimal)
{
	struct decimal decimal = {0};
	size_t at = 0;

	while (at < t.length && (t.bytes[at] == ' ' || (t.bytes[at] >= '\t' && t.bytes[at] <= '\r')))
		at++;
	if (at < t.length && (t.bytes[at] == '+' || t.bytes[at] == '-'))
		decimal.is_negative = t.bytes[at++] == '-';
	if (at == t.length)
		return false;
	for (; at < t.length; at++) {
		unsigned digit = (unsigned)t.bytes[at] - '0';

		if (digit > 9)
			return false;
		decimal.has_overflowed |= __builtin_mul_overflow(decimal.magnitude, 10, &decimal.magnitude);
		decimal.has_overflowed |= __builtin_add_overflow(decimal.magnitude, digit, &decimal.magnitude);
	}
	*ret_decimal = decimal;
	return true;
}

bool text_to_signed(struct text t, int64_t *ret_number)
{
	struct decimal decimal;

	if (!read_decimal(t, &decimal))
		return false;
	if (decimal.is_negative)
		*ret_number = decimal.has_overflowed || decimal.magnitude > INT64_MAX ? INT64_MIN : -(int64_t)decimal.magnitude;
	else
		*ret_number = decimal.has_overflowed || decimal.magnitude > INT64_MAX ? INT64_MAX : (int64_t)decimal.magnitude;
	return true;
}

bool text_to_unsigned(struct text t, uint64_t *ret_number)
{
	struct decimal decimal;

	if (!read_decimal(t, &decimal))
		return false;
	if (decimal.has_overflowed)
		*ret_number = UINT64_MAX;
	else
		*ret_number = decimal.is_negative ? 0 - decimal.magnitude : decimal.magnitude;
	return true;
}

/* ---- one function per kind of type ---- */

struct constant_check {
	struct arena *arena;
	struct text value;
	enum value_type type;
	enum operator_id operator;
	struct typed_constant *typed;
	struct text *message;
};

static int refuse(struct constant_check *check, const char *before, const char *after)
{
	struct text message = arena_format(check->arena, "%s" TEXT_FORMAT "%s", before, TEXT_ARGUMENTS(check->value), after);

	if (!message.bytes)
		return -ENOMEM;
	*check->message = message;
	return -EINVAL;
}

static int refuse_part(struct constant_check *check, const char *before, struct text part, const char *after)
{
	struct constant_check of_part = *check;

	of_part.value = part;
	return refuse(&of_part, before, after);
}

static int check_signed(struct constant_check *check)
{
	int64_t number;

	if (!text_to_signed(check->value, &number))
		return refuse(check, "", " is not a valid number");
	switch (type_size_bytes(check->type)) {
	case 1:
		number = (int8_t)number;
		break;
	case 2:
		number = (int16_t)number;
		break;
	case 4:
		number = (int32_t)number;
		break;
	default:
		break;
	}
	check->typed->number = (uint64_t)number;
	return 0;
}

static int check_unsigned(struct constant_check *check)
{
	unsigned size_bytes = type_size_bytes(check->type);
	uint64_t number;

	if (!text_to_unsigned(check->value, &number))
		return refuse(check, "", " is not a valid number");
	if (size_bytes < 8)
		number &= (UINT64_C(1) << (8 * size_bytes)) - 1;
	check->typed->number = number;
	return 0;
}

/* Whole numbers only, as 32 bits: Falco reads constants of DOUBLE fields that way. */
static int check_real(struct constant_check *check)
{
	int64_t number;
	double real;

	if (!text_to_signed(check->value, &number))
		return refuse(check, "", " is not a valid number");
	real = (int32_t)number;
	memcpy(&check->typed->number, &real, sizeof real);
	return 0;
}

static int check_port(struct constant_check *check)
{
	uint64_t number = 0;
	int port;
	bool is_digits = true;

	for (size_t i = 0; i < check->value.length; i++)
		is_digits &= check->value.bytes[i] >= '0' && check->value.bytes[i] <= '9';
	if (!is_digits) {
		port = port_by_name(check->value);
		if (port < 0)
			return refuse(check, "unrecognized protocol ", "");
		number = (uint64_t)port;
	} else if (check->value.length > 0 && (!text_to_unsigned(check->value, &number) || number > INT32_MAX)) {
		return refuse(check, "", " is not a valid number");
	}
	check->typed->number = number & 0xffff;
	return 0;
}

static int check_boolean(struct constant_check *check)
{
	if (!text_is(check->value, "true") && !text_is(check->value, "false"))
		return refuse(check, "filter error: unrecognized boolean value ", "");
	check->typed->number = text_is(check->value, "true");
	return 0;
}

static int parse_address(struct text t, int family, uint8_t *ret_address)
{
	char string[INET6_ADDRSTRLEN + 1];

	if (t.length >= sizeof string || text_find_byte(t, '\0') != SIZE_MAX)
		return -EINVAL;
	memcpy(string, t.bytes, t.length);
	string[t.length] = '\0';
	return inet_pton(family, string, ret_address) == 1 ? 0 : -EINVAL;
}

static int check_address(struct constant_check *check)
{
	bool is_v4 = check->type == TYPE_IPV4ADDR || (check->type != TYPE_IPV6ADDR && text_find_byte(check->value, '.') != SIZE_MAX);
	uint8_t address[16];

	if (parse_address(check->value, is_v4 ? AF_INET : AF_INET6, address) != 0)
		return refuse(check, is_v4 ? "unrecognized IPv4 address " : "unrecognized IPv6 address ", "");
	check->typed->bytes = arena_copy_text(check->arena, text_of((const char *)address, is_v4 ? 4 : 16));
	return check->typed->bytes.bytes ? 0 : -ENOMEM;
}

static int check_network(struct constant_check *check)
{
	bool is_v4 = text_find_byte(check->value, '.') != SIZE_MAX;
	size_t slash = text_find_byte(check->value, '/');
	struct text address = text_slice(check->value, 0, slash);
	struct text length = slash == SIZE_MAX ? TEXT_EMPTY : text_slice(check->value, slash + 1, SIZE_MAX);
	struct program_network *network = &check->typed->network;
	uint64_t bits;

	if (is_v4 && slash == SIZE_MAX)
		return refuse(check, "unrecognized IP network ", "");
	if (!is_v4 && length.length == 0)
		return refuse(check, "invalid v6 netmask: ", "");
	if (parse_address(address, is_v4 ? AF_INET : AF_INET6, network->address) != 0)
		return is_v4 ? refuse(check, "unrecognized IP address ", "")
			     : refuse_part(check, "unrecognized IPv6 address ", address, "");
	if (!text_to_unsigned(length, &bits))
		return refuse_part(check, "", length, " is not a valid number");
	bits &= 0xff;
	if (is_v4 ? bits > 32 : bits == 0 || bits > 128)
		return refuse_part(check, is_v4 ? "invalid netmask " : "invalid v6 netmask ", length, "");
	network->address_bytes = is_v4 ? 4 : 16;
	network->prefix_bits = (uint8_t)bits;
	return 0;
}

/* ---- texts and patterns ---- */

#define PATTERN_MEMORY_BYTES_MAX ((size_t)256 << 20)

static int check_pattern(struct constant_check *check, const struct pattern *pattern, enum dfa_alphabet alphabet)
{
	struct program_dfa *dfa = arena_allocate(check->arena, sizeof *dfa);
	int status;

	if (!pattern || !dfa)
		return -ENOMEM;
	status = build_dfa(check->arena, pattern, alphabet, dfa);
	if (status == -E2BIG)
		return refuse(check, "pattern is too complex, it needs too many states: ", "");
	check->typed->dfa = dfa;
	return status;
}

static int check_regex(struct constant_check *check, struct arena *scratch)
{
	struct pattern *pattern;
	struct text error;
	int status = regex_parse(scratch, check->value, &pattern, &error);

	if (status == -EINVAL)
		return refuse_part(check, "invalid regex pattern: ", error, "");
	return status != 0 ? status : check_pattern(check, pattern, DFA_CODE_POINTS);
}

/* The pattern goes when its automaton is made: it is much larger. */
static int check_any_pattern(struct constant_check *check)
{
	struct arena *scratch = arena_new(PATTERN_MEMORY_BYTES_MAX);
	bool any_case = check->operator == OPERATOR_IGLOB;
	int status;

	if (!scratch)
		return -ENOMEM;
	if (check->operator == OPERATOR_REGEX)
		status = check_regex(check, scratch);
	else if (check->operator == OPERATOR_PMATCH)
		status = check_pattern(check, path_prefix_pattern(scratch, &check->value, 1), DFA_BYTES);
	else
		status = check_pattern(check, glob_parse(scratch, check->value, any_case), DFA_BYTES);
	arena_free(scratch);
	return status;
}

static int check_string(struct constant_check *check)
{
	if (check->value.length > CONSTANT_BYTES_MAX) {
		struct text message = arena_format(check->arena, "filter parameter too long (used=%zu, available=%d):" TEXT_FORMAT,
						   check->value.length + 1, CONSTANT_BYTES_MAX + 1, TEXT_ARGUMENTS(check->value));

		if (!message.bytes)
			return -ENOMEM;
		*check->message = message;
		return -EINVAL;
	}
	if (text_find_byte(check->value, '\0') != SIZE_MAX) {
		*check->message = TEXT("filter error: filter value cannot contain a NUL byte (\\x00)");
		return -EINVAL;
	}
	check->typed->bytes = check->value;
	switch (check->operator) {
	case OPERATOR_REGEX:
	case OPERATOR_GLOB:
	case OPERATOR_IGLOB:
		return check_any_pattern(check);
	case OPERATOR_PMATCH:
		return path_has_wildcard(check->value) ? check_any_pattern(check) : 0;
	default:
		return 0;
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static int check_bytes(struct constant_check *check)
{
	bool is_hex = check->operator == OPERATOR_BCONTAINS || check->operator == OPERATOR_BSTARTSWITH;
	size_t length = check->value.length / 2;
	uint8_t *bytes;

	if ((is_hex ? length : check->value.length) > CONSTANT_BYTES_MAX) {
		*check->message = TEXT("filter parameter too long (byte buf)");
		return -EINVAL;
	}
	check->typed->bytes = check->value;
	if (!is_hex)
		return 0;
	bytes = arena_allocate(check->arena, length + 1);
	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < check->value.length; i++) {
		int digit = hex_digit(check->value.bytes[i]);

		if (digit < 0 || check->value.length % 2 != 0) {
			*check->message =
				TEXT("filter error: bcontains and bstartswith operator support hex strings only");
			return -EINVAL;
		}
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
	}
	check->typed->bytes = text_of((const char *)bytes, length);
	return 0;
}

/* Types that comparisons are allowed on and that have no constants; Falco gives their number (language reference 4.2). */
static int refuse_type(struct constant_check *check)
{
	*check->message = check->type == TYPE_SIGTYPE ? TEXT("wrong parameter type 19") : TEXT("wrong parameter type 18");
	return -EINVAL;
}

int check_constant(struct arena *arena, struct text value, enum value_type type, enum operator_id operator,
		   struct typed_constant *ret_typed, struct text *ret_message)
{
	struct constant_check check = {arena, value, type, operator, ret_typed, ret_message};

	*ret_typed = (struct typed_constant){0};
	if (type == TYPE_PORT)
		return check_port(&check);
	if (type == TYPE_SIGTYPE || type == TYPE_SYSCALLID)
		return refuse_type(&check);
	switch (type_kind(type)) {
	case KIND_SIGNED:
		return check_signed(&check);
	case KIND_UNSIGNED:
		return check_unsigned(&check);
	case KIND_REAL:
		return check_real(&check);
	case KIND_BOOLEAN:
		return check_boolean(&check);
	case KIND_STRING:
		return check_string(&check);
	case KIND_BYTES:
		return check_bytes(&check);
	case KIND_ADDRESS:
		return check_address(&check);
	case KIND_NETWORK:
		return check_network(&check);
	case KIND_OPAQUE:
		break;
	}
	return refuse_type(&check);
}

/* ---- what is known already ---- */

static void append_pool_key(struct buffer *key, const struct condition *check)
{
	buffer_append_byte(key, (uint8_t)check->left->type);
	buffer_append_byte(key, (uint8_t)check->operator);
	for (uint32_t i = 0; i < check->constant_count; i++) {
		buffer_append_u32(key, (uint32_t)check->constants[i].value.length);
		buffer_append_text(key, check->constants[i].value);
	}
}

int constant_pool_find(const struct constant_pool *pool, const struct condition *check,
		       const struct typed_constant **ret_typed)
{
	struct buffer key = BUFFER_INIT;
	int status;

	append_pool_key(&key, check);
	status = key.failed ? -ENOMEM : 0;
	*ret_typed = key.failed ? NULL : hash_table_get(pool->table, buffer_text(&key));
	buffer_release(&key);
	return status;
}

int constant_pool_add(const struct constant_pool *pool, const struct condition *check, const struct typed_constant *typed)
{
	struct buffer key = BUFFER_INIT;
	struct text kept = {0};

	append_pool_key(&key, check);
	if (!key.failed)
		kept = arena_copy_text(pool->arena, buffer_text(&key));
	buffer_release(&key);
	return kept.bytes && hash_table_set(pool->table, kept, (void *)(uintptr_t)typed) == 0 ? 0 : -ENOMEM;
}
