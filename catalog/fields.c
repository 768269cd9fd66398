#include "catalog/catalog.h"

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct field_info fields[] = {
#define FIELD(constant, name, type, format, list, argument, flags, class, depends, value_bytes_max, meaning)           \
	{name,	TYPE_##type, FORMAT_##format, list,    ARGUMENT_##argument,                                            \
	 flags, class,	     depends,	      value_bytes_max, meaning},
#include "catalog/fields.def"
#undef FIELD
};

/* Ascending by name. */
static const uint16_t fields_by_name[] = {
#define FIELD_BY_NAME(constant) FIELD_##constant,
#include "catalog/fields_by_name.def"
#undef FIELD_BY_NAME
};

_Static_assert(ARRAY_LENGTH(fields_by_name) == FIELD_COUNT, "every field is listed by name");

const struct field_info *field_info(unsigned id)
{
	return id < FIELD_COUNT ? &fields[id] : NULL;
}

static const char *const without_value[FIELD_COUNT] = {
#define WITHOUT_VALUE(constant, reason) [FIELD_##constant] = reason,
#include "catalog/fields_without_value.def"
#undef WITHOUT_VALUE
};

const char *field_without_value(unsigned id)
{
	return id < FIELD_COUNT ? without_value[id] : NULL;
}

/* How many names are not after `name`: the last of them is the name itself or what stands before it. */
static size_t count_not_after(struct text name)
{
	size_t low = 0, high = ARRAY_LENGTH(fields_by_name);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text_compare(text_from_string(fields[fields_by_name[middle]].name), name) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int field_by_name(struct text name)
{
	size_t count = count_not_after(name);
	unsigned id;

	if (count == 0)
		return -1;
	id = fields_by_name[count - 1];
	return text_is(name, fields[id].name) ? (int)id : -1;
}

/*
 * Every prefix of `t` stands at or before it in the order of names. When the name right before it is not a prefix, no
 * prefix can be longer than what the two have in common, so the search goes on with that part; each round shortens it.
 */
int field_by_prefix(struct text t, size_t *ret_length)
{
	size_t count;

	while (t.length > 0 && (count = count_not_after(t)) > 0) {
		unsigned id = fields_by_name[count - 1];
		struct text name = text_from_string(fields[id].name);
		size_t common = 0;

		if (text_starts_with(t, name)) {
			*ret_length = name.length;
			return (int)id;
		}
		while (common < t.length && common < name.length && t.bytes[common] == name.bytes[common])
			common++;
		t = text_slice(t, 0, common);
	}
	return -1;
}

bool field_may_be_na_text(unsigned id)
{
	static const bool may_be[FIELD_COUNT] = {
#define NA_TEXT(field) [FIELD_##field] = true,
#include "catalog/na_texts.def"
#undef NA_TEXT
	};

	return id < FIELD_COUNT && may_be[id];
}
