#include "proto/bundle_refusal.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	const char *sentence;
} refusals[BUNDLE_REFUSAL_CODE_COUNT] = {
    [BUNDLE_REFUSAL_NONE] = {"none", "it is accepted"},
#define REFUSAL(NAME, name, sentence) [BUNDLE_REFUSAL_##NAME] = {name, sentence},
#include "proto/refusals.def"
#undef REFUSAL
};

const char *bundle_refusal_name(enum bundle_refusal_code code)
{
	return refusals[code].name;
}

const char *bundle_refusal_sentence(enum bundle_refusal_code code)
{
	return refusals[code].sentence;
}

enum bundle_refusal_code bundle_refuse(struct bundle_refusal *ret_refusal, enum bundle_refusal_code code,
				       const char *format, ...)
{
	va_list arguments;

	ret_refusal->code = code;
	va_start(arguments, format);
	vsnprintf(ret_refusal->detail, sizeof ret_refusal->detail, format, arguments);
	va_end(arguments);
	return code;
}
