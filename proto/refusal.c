#include "proto/refusal.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	const char *sentence;
} refusals[REFUSAL_CODE_COUNT] = {
	[REFUSAL_NONE] = {"none", "it is accepted"},
#define REFUSAL(NAME, name, sentence) [REFUSAL_##NAME] = {name, sentence},
#include "proto/refusals.def"
#undef REFUSAL
};

const char *refusal_name(enum refusal_code code)
{
	return refusals[code].name;
}

const char *refusal_sentence(enum refusal_code code)
{
	return refusals[code].sentence;
}

enum refusal_code refuse(struct refusal *ret_refusal, enum refusal_code code, const char *format, ...)
{
	va_list arguments;

	ret_refusal->code = code;
	va_start(arguments, format);
	vsnprintf(ret_refusal->detail, sizeof ret_refusal->detail, format, arguments);
	va_end(arguments);
	return code;
}
