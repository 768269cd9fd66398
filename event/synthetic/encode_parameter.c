/* Values as people write them to the bytes that an event's parameter has. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "event/synthetic/synthetic_internal.h"

/* ---- bytes ---- */

static bool keep(struct arena *arena, struct buffer *bytes, struct text *ret_bytes)
{
	*ret_bytes = bytes->failed ? (struct text){NULL, 0} : arena_copy_text(arena, buffer_text(bytes));
	buffer_release(bytes);
	return ret_bytes->bytes;
}

bool encode_number(struct arena *arena, enum value_type type, uint64_t number, struct text *ret_bytes)
{
	struct buffer bytes = BUFFER_INIT;

	buffer_append_u64(&bytes, number);
	bytes.length = bytes.failed ? 0 : type_size_bytes(type);
	return keep(arena, &bytes, ret_bytes);
}

bool encode_string(struct arena *arena, struct text string, struct text *ret_bytes)
{
	*ret_bytes = arena_copy_text(arena, string);
	ret_bytes->length++;
	return ret_bytes->bytes;
}

/* ---- numbers with names ---- */

enum { OPEN_DATA_SYNC = 16, OPEN_SYNC = 128 }; /* flag table file_flags */

static const char *flag_at(size_t index, const void *context)
{
	size_t count;
	const struct flag_info *rows = flag_table_rows(*(const enum flag_table *)context, &count);

	return index < count ? rows[index].name : NULL;
}

static bool find_flag(enum flag_table table, struct text name, uint64_t *ret_value)
{
	size_t count;
	const struct flag_info *rows = flag_table_rows(table, &count);

	for (size_t i = 0; i < count; i++) {
		if (text_is(name, rows[i].name)) {
			*ret_value = rows[i].value;
			return true;
		}
	}
	return false;
}

/* One word of a text: the part of the scalar that an error points to is found by its place in it. */
static bool read_flag(struct synthetic_reader *reader, const struct yaml_node *node, enum flag_table table,
		      struct text word, uint64_t *ret_value)
{
	struct source_range range = node->range;

	if (find_flag(table, word, ret_value))
		return true;
	if (node->is_plain && range.end - range.start == node->text.length) {
		range.start += (uint32_t)(word.bytes - node->text.bytes);
		range.end = range.start + (uint32_t)word.length;
	}
	report_unknown_word(reader, range, "flag", word, flag_at, &table);
	return false;
}

static bool read_flag_words(struct synthetic_reader *reader, const struct yaml_node *node, enum flag_table table,
			    uint64_t *flags)
{
	/* The pairs of bits that drivers deliver together (catalog.h, flags_from_kernel()). */
	static const uint64_t open_pairs[][2] = {{OPEN_DIRECTORY, OPEN_TEMPORARY},
						 {OPEN_TEMPORARY, OPEN_DIRECTORY},
						 {OPEN_DATA_SYNC, OPEN_SYNC},
						 {OPEN_SYNC, OPEN_DATA_SYNC}};
	struct text text = node->text;
	bool is_fine = true;
	uint64_t value;

	for (size_t at = 0, end; at <= text.length; at = end + 1) {
		struct text word;

		for (end = at; end < text.length && text.bytes[end] != '|' && text.bytes[end] != ' ';)
			end++;
		word = text_slice(text, at, end - at);
		if (word.length == 0)
			continue;
		if (read_flag(reader, node, table, word, &value))
			*flags |= value;
		else
			is_fine = false;
	}
	for (size_t i = 0; table == FLAG_TABLE_file_flags && i < sizeof open_pairs / sizeof open_pairs[0]; i++)
		if (*flags & open_pairs[i][0])
			*flags |= open_pairs[i][1];
	return is_fine;
}

bool read_flags(struct synthetic_reader *reader, const struct yaml_node *node, enum flag_table table, uint64_t most,
		uint64_t *ret_flags)
{
	bool is_negative, is_fine = true;
	uint64_t number;

	*ret_flags = 0;
	switch (node->kind) {
	case YAML_KIND_NULL:
		return true;
	case YAML_KIND_SCALAR:
		if (number_of_text(node->text, &is_negative, &number))
			return read_unsigned(reader, node, most, ret_flags);
		return read_flag_words(reader, node, table, ret_flags);
	case YAML_KIND_SEQUENCE:
		for (const struct yaml_node *item = node->first; item; item = item->next) {
			uint64_t flags = 0;

			if (item->kind == YAML_KIND_SCALAR)
				is_fine &= read_flags(reader, item, table, most, &flags);
			*ret_flags |= flags;
		}
		return is_fine;
	default:
		report_error(&reader->report, node->range,
			     "flags are names joined by '|', a list of names, or a number");
		return false;
	}
}

static uint64_t most_of(enum value_type type)
{
	unsigned bits = type_size_bytes(type) * 8;

	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

bool read_return_value(struct synthetic_reader *reader, const struct yaml_node *node, int64_t *ret_result)
{
	struct text name = node->text;
	bool is_negative;
	uint64_t number;

	if (node->kind == YAML_KIND_SCALAR && !number_of_text(name, &is_negative, &number)) {
		if (text_starts_with(name, TEXT("-")))
			name = text_slice(name, 1, SIZE_MAX);
		if (!find_flag(FLAG_TABLE_errno_names, name, &number)) {
			report_unknown_word(reader, node->range, "error", name, flag_at,
					    &(enum flag_table){FLAG_TABLE_errno_names});
			return false;
		}
		*ret_result = -(int64_t)number;
		return true;
	}
	return read_signed(reader, node, INT64_MIN, INT64_MAX, ret_result);
}

static bool read_descriptor_number(struct synthetic_reader *reader, const struct yaml_node *node, int64_t *ret_number)
{
	if (node->kind == YAML_KIND_SCALAR && text_is(node->text, "AT_FDCWD")) {
		*ret_number = PATH_AT_FDCWD;
		return true;
	}
	return read_return_value(reader, node, ret_number);
}

/* Octal with a leading zero, as chmod(1) takes it, or names. */
static bool read_mode(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t *ret_mode)
{
	uint64_t mode = 0;

	if (node->kind != YAML_KIND_SCALAR || node->text.length < 2 || node->text.bytes[0] != '0' ||
	    node->text.bytes[1] == 'o' || node->text.bytes[1] == 'x')
		return read_flags(reader, node, FLAG_TABLE_chmod_mode, UINT32_MAX, ret_mode);
	for (size_t i = 1; i < node->text.length; i++) {
		unsigned digit = (unsigned)node->text.bytes[i] - '0';

		if (digit > 7 || mode > UINT32_MAX >> 3) {
			report_error(&reader->report, node->range, "no octal number of 32 bits");
			return false;
		}
		mode = mode << 3 | digit;
	}
	*ret_mode = mode;
	return true;
}

static bool read_signal(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t *ret_signal)
{
	bool is_negative;

	if (node->kind != YAML_KIND_SCALAR || number_of_text(node->text, &is_negative, ret_signal))
		return read_unsigned(reader, node, UINT8_MAX, ret_signal);
	if (find_flag(FLAG_TABLE_signal_names, node->text, ret_signal))
		return true;
	report_unknown_word(reader, node->range, "signal", node->text, flag_at,
			    &(enum flag_table){FLAG_TABLE_signal_names});
	return false;
}

static bool read_signal_set(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t *ret_set)
{
	uint64_t number;

	*ret_set = 0;
	if (node->kind != YAML_KIND_SEQUENCE)
		return read_unsigned(reader, node, UINT32_MAX, ret_set);
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		if (!read_signal(reader, item, &number))
			return false;
		if (number == 0 || number > 32) {
			report_error(&reader->report, item->range, "a set holds signals from 1 to 32");
			return false;
		}
		*ret_set |= UINT64_C(1) << (number - 1);
	}
	return true;
}

static bool read_call(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t *ret_code)
{
	const struct syscall_info *call = node->kind == YAML_KIND_SCALAR ? syscall_by_name(node->text) : NULL;

	if (!call)
		return read_unsigned(reader, node, UINT16_MAX, ret_code);
	*ret_code = call->code;
	return true;
}

/* ---- numbers ---- */

static bool read_number(struct synthetic_reader *reader, const struct yaml_node *node,
			const struct event_parameter_info *info, enum value_type type, struct text container_id,
			uint64_t *ret_number)
{
	int64_t number = 0;
	uint32_t id = 0;
	bool flag = false;

	switch (type) {
	case TYPE_FLAGS8:
	case TYPE_FLAGS16:
	case TYPE_FLAGS32:
	case TYPE_ENUMFLAGS8:
	case TYPE_ENUMFLAGS16:
	case TYPE_ENUMFLAGS32:
		if (info->flag_table < 0)
			return read_unsigned(reader, node, most_of(type), ret_number);
		return read_flags(reader, node, (enum flag_table)info->flag_table, most_of(type), ret_number);
	case TYPE_MODE:
		return read_mode(reader, node, ret_number);
	case TYPE_FD:
	case TYPE_FD32:
		if (!read_descriptor_number(reader, node, &number))
			return false;
		break;
	case TYPE_ERRNO:
		if (!read_return_value(reader, node, &number))
			return false;
		break;
	case TYPE_UID:
		if (!describe_user(reader, node, container_id, &id, NULL))
			return false;
		number = id;
		break;
	case TYPE_GID:
		if (!describe_group(reader, node, container_id, &id))
			return false;
		number = id;
		break;
	case TYPE_SIGTYPE:
		return read_signal(reader, node, ret_number);
	case TYPE_SIGSET:
		return read_signal_set(reader, node, ret_number);
	case TYPE_SYSCALLID:
		return read_call(reader, node, ret_number);
	case TYPE_RELTIME:
		return read_duration(reader, node, ret_number);
	case TYPE_ABSTIME:
		return read_time(reader, node, reader->last_time_ns, ret_number);
	case TYPE_BOOL:
		if (!read_boolean(reader, node, &flag))
			return false;
		number = flag;
		break;
	default:
		if (info->format == FORMAT_OCTAL)
			return read_mode(reader, node, ret_number);
		if (type_kind(type) == KIND_UNSIGNED)
			return read_unsigned(reader, node, most_of(type), ret_number);
		if (!read_signed(reader, node, -(int64_t)(most_of(type) >> 1) - 1, (int64_t)(most_of(type) >> 1),
				 &number))
			return false;
		break;
	}
	*ret_number = (uint64_t)number;
	return true;
}

/* ---- addresses ---- */

bool address_of_text(struct text text, enum socket_family *ret_family, struct socket_end *ret_end)
{
	char string[INET6_ADDRSTRLEN];

	if (text.length >= sizeof string || text_find_byte(text, '\0') != SIZE_MAX)
		return false;
	memcpy(string, text.bytes, text.length);
	string[text.length] = '\0';
	memset(ret_end->address, 0, sizeof ret_end->address);
	*ret_family = SOCKET_FAMILY_IPV4;
	if (inet_pton(AF_INET, string, ret_end->address) == 1)
		return true;
	*ret_family = SOCKET_FAMILY_IPV6;
	return inet_pton(AF_INET6, string, ret_end->address) == 1;
}

bool endpoint_of_text(struct text text, enum socket_family *ret_family, struct socket_end *ret_end)
{
	size_t colon = text_find_last_byte(text, ':');
	struct text address;
	uint64_t port;

	if (colon == SIZE_MAX || !text_to_u64(text_slice(text, colon + 1, SIZE_MAX), &port) || port > UINT16_MAX)
		return false;
	address = text_slice(text, 0, colon);
	if (text_starts_with(address, TEXT("[")) && text_ends_with(address, TEXT("]")))
		address = text_slice(address, 1, address.length - 2);
	ret_end->port = (uint16_t)port;
	return address_of_text(address, ret_family, ret_end);
}

bool tuple_of_text(struct text text, struct socket_tuple *ret_tuple)
{
	size_t arrow = text_find(text, TEXT("->"));
	enum socket_family source, destination;

	*ret_tuple = (struct socket_tuple){.path = TEXT_EMPTY};
	if (arrow == SIZE_MAX || !endpoint_of_text(text_slice(text, 0, arrow), &source, &ret_tuple->source) ||
	    !endpoint_of_text(text_slice(text, arrow + 2, SIZE_MAX), &destination, &ret_tuple->destination) ||
	    source != destination)
		return false;
	ret_tuple->family = (uint8_t)source;
	return true;
}

static void append_end(struct buffer *bytes, const struct socket_end *end, uint8_t family)
{
	buffer_append(bytes, end->address, family == SOCKET_FAMILY_IPV4 ? 4 : 16);
	buffer_append_u16(bytes, end->port);
}

bool encode_tuple(struct arena *arena, const struct socket_tuple *tuple, struct text *ret_bytes)
{
	struct buffer bytes = BUFFER_INIT;

	buffer_append_byte(&bytes, tuple->family);
	if (tuple->family == SOCKET_FAMILY_UNIX) {
		buffer_append_u64(&bytes, tuple->source_pointer);
		buffer_append_u64(&bytes, tuple->destination_pointer);
		buffer_append_text(&bytes, tuple->path);
		buffer_append_byte(&bytes, '\0');
	} else {
		append_end(&bytes, &tuple->source, tuple->family);
		append_end(&bytes, &tuple->destination, tuple->family);
	}
	return keep(arena, &bytes, ret_bytes);
}

bool encode_address(struct arena *arena, const struct socket_address *address, struct text *ret_bytes)
{
	struct buffer bytes = BUFFER_INIT;

	buffer_append_byte(&bytes, address->family);
	if (address->family == SOCKET_FAMILY_UNIX) {
		buffer_append_text(&bytes, address->path);
		buffer_append_byte(&bytes, '\0');
	} else if (address->family == SOCKET_FAMILY_IPV4 || address->family == SOCKET_FAMILY_IPV6) {
		append_end(&bytes, &address->end, address->family);
	}
	return keep(arena, &bytes, ret_bytes);
}

static bool read_address(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_bytes)
{
	struct socket_address address = {.family = SOCKET_FAMILY_UNIX, .path = node->text};
	enum socket_family family;

	if (node->kind == YAML_KIND_SCALAR && endpoint_of_text(node->text, &family, &address.end))
		address.family = (uint8_t)family;
	else if (node->kind != YAML_KIND_SCALAR || (!path_is_absolute(node->text) && node->text.bytes[0] != '@')) {
		report_error(&reader->report, node->range, "an address is wanted here");
		report_hint(&reader->report, "for example 10.0.0.1:443, [::1]:53 or /run/socket");
		return false;
	}
	return encode_address(reader->arena, &address, ret_bytes);
}

static bool read_tuple(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_bytes)
{
	struct socket_tuple tuple;

	if (node->kind == YAML_KIND_SCALAR && tuple_of_text(node->text, &tuple))
		return encode_tuple(reader->arena, &tuple, ret_bytes);
	if (node->kind == YAML_KIND_SCALAR && path_is_absolute(node->text)) {
		tuple = (struct socket_tuple){.family = SOCKET_FAMILY_UNIX,
					      .source_pointer = UNIX_SOURCE_POINTER,
					      .destination_pointer = UNIX_DESTINATION_POINTER,
					      .path = node->text};
		return encode_tuple(reader->arena, &tuple, ret_bytes);
	}
	report_error(&reader->report, node->range, "the two ends of a socket are wanted here");
	report_hint(&reader->report, "for example 10.0.0.1:40000->192.0.2.1:443 or /run/socket");
	return false;
}

static bool read_ip(struct synthetic_reader *reader, const struct yaml_node *node, enum value_type type,
		    struct text *ret_bytes)
{
	enum socket_family family, wanted = type == TYPE_IPV4ADDR ? SOCKET_FAMILY_IPV4 : SOCKET_FAMILY_IPV6;
	struct socket_end end;

	if (node->kind != YAML_KIND_SCALAR || !address_of_text(node->text, &family, &end) || family != wanted) {
		report_error(&reader->report, node->range, "an %s address is wanted here",
			     wanted == SOCKET_FAMILY_IPV4 ? "IPv4" : "IPv6");
		return false;
	}
	*ret_bytes =
	    arena_copy_text(reader->arena, text_of((const char *)end.address, wanted == SOCKET_FAMILY_IPV4 ? 4 : 16));
	return ret_bytes->bytes;
}

/* ---- bytes and lists ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hex(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_bytes)
{
	struct buffer bytes = BUFFER_INIT;
	bool is_fine = node->kind == YAML_KIND_SCALAR && node->text.length % 2 == 0;

	for (size_t i = 0; is_fine && i < node->text.length; i += 2) {
		int high = hex_digit(node->text.bytes[i]), low = hex_digit(node->text.bytes[i + 1]);

		is_fine = high >= 0 && low >= 0;
		buffer_append_byte(&bytes, (uint8_t)(high << 4 | low));
	}
	if (is_fine)
		return keep(reader->arena, &bytes, ret_bytes);
	buffer_release(&bytes);
	report_error(&reader->report, node->range, "an even number of hexadecimal digits is wanted here");
	return false;
}

/* A text as it is, {hex: DIGITS}, or a list of texts that are each followed by a NUL (args, env, cgroups). */
static bool read_bytes(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_bytes)
{
	switch (node->kind) {
	case YAML_KIND_SEQUENCE:
		return read_strings(reader, node, ret_bytes);
	case YAML_KIND_MAPPING:
		if (node->first && !node->first->next && text_is(node->first->text, "hex"))
			return read_hex(reader, node->first->value, ret_bytes);
		report_error(&reader->report, node->range, "bytes are a text, a list of texts, or {hex: DIGITS}");
		return false;
	default:
		*ret_bytes = node->text;
		return true;
	}
}

/* A list of "NUMBER:EVENTS", both decimal: what poll was asked for. */
static bool read_descriptor_list(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_bytes)
{
	struct buffer bytes = BUFFER_INIT;
	uint64_t number, events;
	uint16_t count = 0;

	buffer_append_u16(&bytes, 0);
	for (const struct yaml_node *item = node->kind == YAML_KIND_SEQUENCE ? node->first : NULL; item;
	     item = item->next) {
		size_t colon = text_find_byte(item->text, ':');

		if (item->kind != YAML_KIND_SCALAR || ++count > 4096 ||
		    !text_to_u64(text_slice(item->text, 0, colon), &number) || number > INT32_MAX ||
		    (colon != SIZE_MAX &&
		     (!text_to_u64(text_slice(item->text, colon + 1, SIZE_MAX), &events) || events > UINT16_MAX))) {
			buffer_release(&bytes);
			report_error(&reader->report, item->range,
				     "a number of a descriptor is wanted here, perhaps with ':' and events");
			return false;
		}
		buffer_append_u64(&bytes, number);
		buffer_append_u16(&bytes, colon != SIZE_MAX ? (uint16_t)events : 0);
	}
	if (node->kind != YAML_KIND_SEQUENCE) {
		buffer_release(&bytes);
		report_error(&reader->report, node->range, "a list of descriptors is wanted here");
		return false;
	}
	if (!bytes.failed)
		store_u16(bytes.bytes, count);
	return keep(reader->arena, &bytes, ret_bytes);
}

/* ---- all types ---- */

static bool encode_value(struct synthetic_reader *reader, const struct yaml_node *node,
			 const struct event_parameter_info *info, enum value_type type, struct text container_id,
			 struct text *ret_bytes)
{
	uint64_t number;

	switch (type_kind(type)) {
	case KIND_SIGNED:
	case KIND_UNSIGNED:
	case KIND_BOOLEAN:
		return read_number(reader, node, info, type, container_id, &number) &&
		       encode_number(reader->arena, type, number, ret_bytes);
	case KIND_STRING:
		return read_text(reader, node, ret_bytes) && encode_string(reader->arena, *ret_bytes, ret_bytes);
	case KIND_BYTES:
		return read_bytes(reader, node, ret_bytes);
	case KIND_ADDRESS:
		return read_ip(reader, node, type, ret_bytes);
	default:
		break;
	}
	switch (type) {
	case TYPE_SOCKADDR:
		return read_address(reader, node, ret_bytes);
	case TYPE_SOCKTUPLE:
		return read_tuple(reader, node, ret_bytes);
	case TYPE_FDLIST:
		return read_descriptor_list(reader, node, ret_bytes);
	default:
		report_error(&reader->report, node->range, "parameters of type %s cannot be written", type_name(type));
		return false;
	}
}

/* {TYPE: value}, the type being one of the parameter's variants; or the value of the first of them. */
static bool encode_variant(struct synthetic_reader *reader, const struct yaml_node *node,
			   const struct event_parameter_info *info, struct text container_id, struct text *ret_bytes)
{
	enum flag_table table = (enum flag_table)info->flag_table;
	struct buffer bytes = BUFFER_INIT;
	const struct flag_info *variant;
	struct text value;
	size_t count;

	variant = flag_table_rows(table, &count);
	if (node->kind == YAML_KIND_MAPPING && node->first && !node->first->next) {
		size_t i = 0;

		while (i < count && !text_is(node->first->text, variant[i].name))
			i++;
		if (i == count) {
			report_unknown_word(reader, node->first->range, "variant", node->first->text, flag_at, &table);
			return false;
		}
		variant += i;
		node = node->first->value;
	}
	if (!encode_value(reader, node, info, (enum value_type)variant->type, container_id, &value))
		return false;
	buffer_append_byte(&bytes, (uint8_t)variant->value);
	buffer_append_text(&bytes, value);
	return keep(reader->arena, &bytes, ret_bytes);
}

bool encode_parameter(struct synthetic_reader *reader, const struct yaml_node *node, unsigned event_type,
		      unsigned index, struct text container_id, struct text *ret_bytes)
{
	const struct event_parameter_info *info = event_parameter_info(event_type, index);
	bool is_fine;

	/* An empty parameter: what a null pointer or unreadable memory gives. */
	*ret_bytes = TEXT_EMPTY;
	if (node->kind == YAML_KIND_NULL)
		return true;
	if (info->type == TYPE_DYN && info->flag_table >= 0)
		is_fine = encode_variant(reader, node, info, container_id, ret_bytes);
	else
		is_fine = encode_value(reader, node, info, (enum value_type)info->type, container_id, ret_bytes);
	if (is_fine && ret_bytes->length > event_parameter_bytes_max(event_type, index)) {
		report_error(&reader->report, node->range, "the value is too long: %s has at most %" PRIu32 " bytes",
			     info->name, event_parameter_bytes_max(event_type, index));
		return false;
	}
	return is_fine;
}

bool encode_default(struct synthetic_reader *reader, unsigned event_type, unsigned index, struct text *ret_bytes)
{
	enum value_type type = (enum value_type)event_parameter_info(event_type, index)->type;

	*ret_bytes = TEXT_EMPTY;
	if (type_size_bytes(type) == 0 || type_kind(type) == KIND_ADDRESS)
		return true;
	return encode_number(reader->arena, type, 0, ret_bytes);
}
