/* The reasons for which bundles are refused (refusals.def). */
#ifndef TERCEL_PROTO_REFUSAL_H
#define TERCEL_PROTO_REFUSAL_H

enum refusal_code {
	REFUSAL_NONE, /* not refused */
#define REFUSAL(NAME, name, sentence) REFUSAL_##NAME,
#include "proto/refusals.def"
#undef REFUSAL
	REFUSAL_CODE_COUNT,
};

struct refusal {
	enum refusal_code code;
	char detail[256]; /* "version 5, but 7 was seen"; may be empty */
};

const char *refusal_name(enum refusal_code code);     /* "bad_signature"; "none" for REFUSAL_NONE */
const char *refusal_sentence(enum refusal_code code); /* for people */

/* Fills *ret_refusal and returns `code`, so that a check can end with it. The detail is cut to what fits. */
enum refusal_code refuse(struct refusal *ret_refusal, enum refusal_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
