/* Scalars, lists and mappings with known keys. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/suggest.h"
#include "event/synthetic/synthetic_internal.h"

/* ---- words ---- */

void report_unknown_word(struct synthetic_reader *reader, struct source_range range, const char *what, struct text word,
			 word_at *words, const void *context)
{
	struct suggestion suggestion = suggestion_begin(word);
	const char *candidate;

	for (size_t i = 0; (candidate = words(i, context)) != NULL; i++)
		suggestion_offer(&suggestion, text_from_string(candidate));
	report_error(&reader->report, range, "there is no %s '" TEXT_FORMAT "'", what,
		     TEXT_ARGUMENTS(text_slice(word, 0, 80)));
	if (suggestion_exists(&suggestion))
		report_hint(&reader->report, "did you mean '" TEXT_FORMAT "'?", TEXT_ARGUMENTS(suggestion.nearest));
}

/* ---- scalars ---- */

bool read_text(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_text)
{
	if (node->kind != YAML_KIND_SCALAR) {
		report_error(&reader->report, node->range, "a text is wanted here");
		return false;
	}
	if (text_find_byte(node->text, '\0') != SIZE_MAX) {
		report_error(&reader->report, node->range, "a text cannot hold a NUL");
		return false;
	}
	*ret_text = node->text;
	return true;
}

bool number_of_text(struct text text, bool *ret_is_negative, uint64_t *ret_magnitude)
{
	unsigned base = 10;
	uint64_t magnitude = 0;

	*ret_is_negative = text.length > 0 && text.bytes[0] == '-';
	if (text.length > 0 && (text.bytes[0] == '-' || text.bytes[0] == '+'))
		text = text_slice(text, 1, SIZE_MAX);
	if (text_starts_with(text, TEXT("0x"))) {
		base = 16;
		text = text_slice(text, 2, SIZE_MAX);
	} else if (text_starts_with(text, TEXT("0o"))) {
		base = 8;
		text = text_slice(text, 2, SIZE_MAX);
	}
	if (text.length == 0)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		char c = text.bytes[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
							: 99;

		if (digit >= base || magnitude > (UINT64_MAX - digit) / base)
			return false;
		magnitude = magnitude * base + digit;
	}
	*ret_magnitude = magnitude;
	return true;
}

bool read_signed(struct synthetic_reader *reader, const struct yaml_node *node, int64_t least, int64_t most,
		 int64_t *ret_number)
{
	uint64_t magnitude;
	bool is_negative;

	if (node->kind != YAML_KIND_SCALAR || !number_of_text(node->text, &is_negative, &magnitude)) {
		report_error(&reader->report, node->range, "a number is wanted here");
		return false;
	}
	if (is_negative ? magnitude > (uint64_t)INT64_MAX || -(int64_t)magnitude < least
			: magnitude > (uint64_t)INT64_MAX || (int64_t)magnitude > most) {
		report_error(&reader->report, node->range, "the number must be between %" PRId64 " and %" PRId64, least,
			     most);
		return false;
	}
	*ret_number = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return true;
}

bool read_unsigned(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t most, uint64_t *ret_number)
{
	uint64_t magnitude;
	bool is_negative;

	if (node->kind != YAML_KIND_SCALAR || !number_of_text(node->text, &is_negative, &magnitude)) {
		report_error(&reader->report, node->range, "a number is wanted here");
		return false;
	}
	if (is_negative || magnitude > most) {
		report_error(&reader->report, node->range, "the number must be between 0 and %" PRIu64, most);
		return false;
	}
	*ret_number = magnitude;
	return true;
}

bool read_boolean(struct synthetic_reader *reader, const struct yaml_node *node, bool *ret_boolean)
{
	if (node->kind == YAML_KIND_SCALAR && text_is(node->text, "true")) {
		*ret_boolean = true;
		return true;
	}
	if (node->kind == YAML_KIND_SCALAR && text_is(node->text, "false")) {
		*ret_boolean = false;
		return true;
	}
	report_error(&reader->report, node->range, "'true' or 'false' is wanted here");
	return false;
}

/* ---- times ---- */

/* Digits, perhaps a fraction, perhaps a unit. */
/* Without a unit: nanoseconds. */
static bool duration_of_text(struct text text, uint64_t *ret_ns)
{
	return (text_to_u64(text, ret_ns) || duration_to_ns(text, ret_ns)) && *ret_ns <= INT64_MAX;
}

bool read_duration(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t *ret_ns)
{
	if (node->kind == YAML_KIND_SCALAR && duration_of_text(node->text, ret_ns))
		return true;
	report_error(&reader->report, node->range, "a duration is wanted here");
	report_hint(&reader->report, "for example 10ms, 1.5s, 5m, 2h or 1d");
	return false;
}

/* "2026-01-01T12:00:00.5Z"; a blank may stand for the T, and the zone may be "+01:00". */
static bool time_of_text(struct text text, uint64_t *ret_ns)
{
	char string[64];
	struct tm parts = {0};
	uint64_t fraction_ns = 0, unit = NS_PER_S / 10;
	const char *at;
	int64_t seconds, zone = 0;
	int hours, minutes, length = 0;

	if (text.length >= sizeof string || text_find_byte(text, '\0') != SIZE_MAX)
		return false;
	memcpy(string, text.bytes, text.length);
	string[text.length] = '\0';
	at = strptime(string, "%Y-%m-%d", &parts);
	if (!at || (*at != 'T' && *at != ' '))
		return false;
	at = strptime(at + 1, "%H:%M:%S", &parts);
	if (!at)
		return false;
	if (*at == '.') {
		if (at[1] < '0' || at[1] > '9')
			return false;
		for (at++; *at >= '0' && *at <= '9'; at++, unit /= 10)
			fraction_ns += (uint64_t)(*at - '0') * unit;
	}
	if (*at == 'Z') {
		at++;
	} else if (*at == '+' || *at == '-') {
		if (sscanf(at + 1, "%2d:%2d%n", &hours, &minutes, &length) != 2 || length != 5 || hours < 0 ||
		    minutes < 0)
			return false;
		zone = (int64_t)hours * 3600 + (int64_t)minutes * 60;
		zone = *at == '+' ? zone : -zone;
		at += 1 + length;
	}
	seconds = (int64_t)timegm(&parts) - zone;
	if (*at != '\0' || seconds < 0 || (uint64_t)seconds > INT64_MAX / NS_PER_S - 1)
		return false;
	*ret_ns = (uint64_t)seconds * NS_PER_S + fraction_ns;
	return true;
}

bool read_time(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t from_ns, uint64_t *ret_ns)
{
	struct text text = node->kind == YAML_KIND_SCALAR ? node->text : TEXT_EMPTY;
	uint64_t distance;
	bool is_negative;

	if (text.length > 1 && (text.bytes[0] == '+' || text.bytes[0] == '-')) {
		if (duration_of_text(text_slice(text, 1, SIZE_MAX), &distance) &&
		    (text.bytes[0] == '-' ? distance <= from_ns
					  : from_ns <= INT64_MAX && distance <= INT64_MAX - from_ns)) {
			*ret_ns = text.bytes[0] == '-' ? from_ns - distance : from_ns + distance;
			return true;
		}
	} else if (time_of_text(text, ret_ns) ||
		   (number_of_text(text, &is_negative, ret_ns) && !is_negative && *ret_ns <= INT64_MAX)) {
		return true;
	}
	report_error(&reader->report, node->range, "a time is wanted here");
	report_hint(&reader->report,
		    "for example 2026-01-01T12:00:00Z, +5s after the event before, or nanoseconds since 1970");
	return false;
}

/* ---- lists of texts ---- */

struct text split_at_blanks(struct arena *arena, struct text text)
{
	struct buffer strings = BUFFER_INIT;
	struct text copy;

	for (size_t at = 0; at < text.length;) {
		size_t end = at;

		while (end < text.length && text.bytes[end] != ' ')
			end++;
		if (end > at) {
			buffer_append(&strings, text.bytes + at, end - at);
			buffer_append_byte(&strings, '\0');
		}
		at = end + 1;
	}
	copy = strings.failed ? (struct text){NULL, 0} : arena_copy_text(arena, buffer_text(&strings));
	buffer_release(&strings);
	return copy;
}

static bool append_string(struct synthetic_reader *reader, struct buffer *strings, const struct yaml_node *key,
			  const struct yaml_node *node)
{
	/* An empty word is a text, too, where a list of them is wanted. */
	struct text text = TEXT_EMPTY;

	if (node->kind != YAML_KIND_NULL && !read_text(reader, node, &text))
		return false;
	if (key) {
		buffer_append_text(strings, key->text);
		buffer_append_byte(strings, '=');
	}
	buffer_append_text(strings, text);
	buffer_append_byte(strings, '\0');
	return true;
}

bool read_strings(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_strings)
{
	struct buffer strings = BUFFER_INIT;
	bool is_fine = true;

	switch (node->kind) {
	case YAML_KIND_NULL:
		*ret_strings = TEXT_EMPTY;
		return true;
	case YAML_KIND_SCALAR:
		*ret_strings = split_at_blanks(reader->arena, node->text);
		return ret_strings->bytes;
	default:
		for (const struct yaml_node *item = node->first; item && is_fine; item = item->next)
			is_fine = append_string(reader, &strings, node->kind == YAML_KIND_MAPPING ? item : NULL,
						node->kind == YAML_KIND_MAPPING ? item->value : item);
		break;
	}
	*ret_strings = strings.failed ? (struct text){NULL, 0} : arena_copy_text(reader->arena, buffer_text(&strings));
	if (is_fine && ret_strings->length > PARAMETER_STRING_BYTES_MAX) {
		report_error(&reader->report, node->range, "the list is too long: the kernel passes on 4096 bytes");
		is_fine = false;
	}
	buffer_release(&strings);
	return is_fine && ret_strings->bytes;
}

/* ---- objects ---- */

enum key_form { FORM_TEXT, FORM_SIGNED, FORM_UNSIGNED, FORM_WIDE, FORM_BOOLEAN, FORM_NODE };

struct key_info {
	enum object_kind object;
	const char *name;
	enum key_form form;
	unsigned number; /* in its object */
	size_t offset;
};

static const struct key_info keys[] = {
#define EVENT_KEY(constant, key, form, member, meaning)                                                                \
	{OBJECT_EVENT, key, FORM_##form, EVENT_KEY_##constant, offsetof(struct event_object, member)},
#define PROCESS_KEY(constant, key, form, member, meaning)                                                              \
	{OBJECT_PROCESS, key, FORM_##form, PROCESS_KEY_##constant, offsetof(struct process_object, member)},
#define DESCRIPTOR_KEY(constant, key, form, member, meaning)                                                           \
	{OBJECT_DESCRIPTOR, key, FORM_##form, DESCRIPTOR_KEY_##constant, offsetof(struct descriptor_object, member)},
#define CONTAINER_KEY(constant, key, form, member, meaning)                                                            \
	{OBJECT_CONTAINER, key, FORM_##form, CONTAINER_KEY_##constant, offsetof(struct container_object, member)},
#define USER_KEY(constant, key, form, member, meaning)                                                                 \
	{OBJECT_USER, key, FORM_##form, USER_KEY_##constant, offsetof(struct user_object, member)},
#include "event/synthetic/keys.def"
#undef EVENT_KEY
#undef PROCESS_KEY
#undef DESCRIPTOR_KEY
#undef CONTAINER_KEY
#undef USER_KEY
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

static const char *const object_names[OBJECT_KIND_COUNT] = {
    [OBJECT_EVENT] = "an event",        [OBJECT_PROCESS] = "a process", [OBJECT_DESCRIPTOR] = "a descriptor",
    [OBJECT_CONTAINER] = "a container", [OBJECT_USER] = "a user",
};

static const struct key_info *find_key(enum object_kind kind, struct text name)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (keys[i].object == kind && text_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

static const char *key_at(size_t index, const void *context)
{
	enum object_kind kind = *(const enum object_kind *)context;

	for (size_t i = 0; i < KEY_COUNT; i++)
		if (keys[i].object == kind && index-- == 0)
			return keys[i].name;
	return NULL;
}

struct source_range range_of_key(const struct yaml_node *node, const char *name)
{
	if (node->kind == YAML_KIND_MAPPING)
		for (const struct yaml_node *key = node->first; key; key = key->next)
			if (text_is(key->text, name))
				return key->value->range;
	return node->range;
}

static bool read_member(struct synthetic_reader *reader, const struct yaml_node *node, enum key_form form, void *member)
{
	uint64_t number;

	switch (form) {
	case FORM_TEXT:
		return read_text(reader, node, member);
	case FORM_SIGNED:
		return read_signed(reader, node, -1, INT32_MAX, member);
	case FORM_UNSIGNED:
		if (!read_unsigned(reader, node, UINT32_MAX, &number))
			return false;
		*(uint32_t *)member = (uint32_t)number;
		return true;
	case FORM_WIDE:
		return read_unsigned(reader, node, UINT64_MAX, member);
	case FORM_BOOLEAN:
		return read_boolean(reader, node, member);
	case FORM_NODE:
		*(const struct yaml_node **)member = node;
		return true;
	}
	return false;
}

bool read_object(struct synthetic_reader *reader, const struct yaml_node *node, enum object_kind kind, void *object)
{
	uint64_t given = 0;
	bool is_fine = true;

	if (node->kind != YAML_KIND_MAPPING) {
		report_error(&reader->report, node->range, "%s is a mapping of keys to values", object_names[kind]);
		return false;
	}
	for (const struct yaml_node *key = node->first; key; key = key->next) {
		const struct key_info *info = find_key(kind, key->text);
		char what[64];

		if (!info) {
			snprintf(what, sizeof what, "key of %s", object_names[kind]);
			report_unknown_word(reader, key->range, what, key->text, key_at, &kind);
			is_fine = false;
			continue;
		}
		given |= UINT64_C(1) << info->number;
		is_fine &= read_member(reader, key->value, info->form, (char *)object + info->offset);
	}
	/* The mask is the first member of every object. */
	*(uint64_t *)object = given;
	return is_fine;
}
