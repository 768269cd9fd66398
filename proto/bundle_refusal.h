/* The reasons for which bundles are refused (refusals.def). */
#ifndef TERCEL_PROTO_BUNDLE_REFUSAL_H
#define TERCEL_PROTO_BUNDLE_REFUSAL_H

enum bundle_refusal_code {
	BUNDLE_REFUSAL_NONE, /* not refused */
#define REFUSAL(NAME, name, sentence) BUNDLE_REFUSAL_##NAME,
#include "proto/refusals.def"
#undef REFUSAL
	BUNDLE_REFUSAL_CODE_COUNT,
};

struct bundle_refusal {
	enum bundle_refusal_code code;
	char detail[256]; /* "version 5, but 7 was seen"; may be empty */
};

const char *bundle_refusal_name(enum bundle_refusal_code code);     /* "bad_signature"; "none" when not refused */
const char *bundle_refusal_sentence(enum bundle_refusal_code code); /* for people */

/* Fills *ret_refusal and returns `code`, so that a check can end with it. The detail is cut to what fits. */
enum bundle_refusal_code bundle_refuse(struct bundle_refusal *ret_refusal, enum bundle_refusal_code code,
				       const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
