/*
 * Time stamps (ns since the epoch) as texts: evt.time and its kin, parameters of type ABSTIME, the alert's own time.
 *
 * Source: event-model reference, section 2; rule language reference, sections 6.2 and 6.4.
 */
#ifndef TERCEL_EVENT_RENDER_TIME_TEXT_H
#define TERCEL_EVENT_RENDER_TIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum time_style {
	TIME_CLOCK,	    /* 16:00:00.010000000, local */
	TIME_CLOCK_SECONDS, /* 16:00:00, local */
	TIME_DATE,	    /* 2019-08-19 16:00:00.010000000, local */
	TIME_DATE_SECONDS,  /* 2019-08-19 16:00:00, local */
	TIME_ISO8601,	    /* 2019-08-19T16:00:00.010000000+0000, UTC */
	TIME_ZULU,	    /* 2019-08-19T16:00:00.010000000Z, UTC: the alert's member `time` */
};

#define TIME_TEXT_MAX_BYTES 40

/* Keeps the broken-down time of the last second that was asked for: events come many to a second. Zero to start with. */
struct time_cache {
	uint64_t second;
	struct tm local;
	bool is_valid;
};

/* Writes the text without a NUL into `out` and returns its length. */
size_t time_text(struct time_cache *cache, uint64_t timestamp_ns, enum time_style style, char out[TIME_TEXT_MAX_BYTES]);

#endif
