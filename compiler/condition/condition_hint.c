/* What to do about a syntax error in a condition: common slips, told from what stands at the place. */
#include "compiler/condition/condition_internal.h"

#include <string.h>
#include <strings.h>

static const char *const other_languages[][2] = {
    {"&&", "write `and`"},
    {"||", "write `or`"},
    {"!", "write `not`"},
    {"#", "conditions have no comments"},
    {"//", "conditions have no comments"},
};

static bool starts_quote(struct text rest)
{
	return rest.length && (rest.bytes[0] == '"' || rest.bytes[0] == '\'');
}

/* The operator that the letters at the place are, but for their case. */
static bool is_operator_in_upper_case(struct text rest)
{
	for (unsigned id = 0; id < OPERATOR_COUNT; id++) {
		const char *name = operator_info(id)->name;
		size_t length = strlen(name);

		if (rest.length >= length && strncasecmp(rest.bytes, name, length) == 0 &&
		    memcmp(rest.bytes, name, length) != 0)
			return true;
	}
	return false;
}

const char *condition_hint(const struct condition_parse *parse)
{
	struct text scanned = text_slice(parse->text->text, parse->base, parse->length);
	struct text rest = text_slice(scanned, parse->error_location.start, SIZE_MAX);

	for (size_t i = 0; i < sizeof other_languages / sizeof other_languages[0]; i++)
		if (text_starts_with(rest, text_from_string(other_languages[i][0])))
			return other_languages[i][1];
	switch (parse->mode) {
	case MODE_OPERATOR:
		return is_operator_in_upper_case(rest) ? "operators are written in lower case" : NULL;
	case MODE_NUMBER_VALUE:
		return starts_quote(rest) ? "numbers are written without quotes" : NULL;
	case MODE_STRING_VALUE:
	case MODE_LIST_NEXT:
	case MODE_LIST_FIRST:
		if (starts_quote(rest))
			return "the string is not closed; note that it cannot end in a backslash: write \\x5c";
		if (text_starts_with(rest, TEXT("(")))
			return "a value with a parenthesis needs quotes";
		return NULL;
	case MODE_LIST_VALUE:
		return "write a list: (a, b)";
	case MODE_LIST_END:
		return "elements of a list are separated by commas; one with ( ) = , or a space in it needs quotes";
	case MODE_AFTER_CHECK:
		if (parse->follows_macro && rest.length && strchr("=<>(.", rest.bytes[0]))
			return "a word without a dot is the name of a macro; fields have dots, as in proc.name";
		if (!parse->follows_macro && rest.length && strchr("=,(\"'", rest.bytes[0]))
			return "a value with ( ) = , or a quote in it needs quotes";
		return NULL;
	case MODE_AFTER_OR_GROUP:
		return text_starts_with(rest, TEXT("and"))
			       ? "no 'and' may follow the group of an 'or(' without a blank: write 'or ('"
			       : NULL;
	default:
		return NULL;
	}
}
