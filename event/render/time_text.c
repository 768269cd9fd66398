#include "event/render/time_text.h"

#include <string.h>

#include "base/clock.h"

/* `digits` decimal places of `number`, with leading zeros. */
static char *put_digits(char *at, uint64_t number, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--) {
		at[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	return at + digits;
}

static char *put_date(char *at, const struct tm *moment, char separator)
{
	/* A 64-bit count of ns ends in the year 2554. */
	at = put_digits(at, (uint64_t)moment->tm_year + 1900, 4);
	*at++ = '-';
	at = put_digits(at, (uint64_t)moment->tm_mon + 1, 2);
	*at++ = '-';
	at = put_digits(at, (uint64_t)moment->tm_mday, 2);
	*at++ = separator;
	return at;
}

static char *put_clock(char *at, const struct tm *moment)
{
	at = put_digits(at, (uint64_t)moment->tm_hour, 2);
	*at++ = ':';
	at = put_digits(at, (uint64_t)moment->tm_min, 2);
	*at++ = ':';
	return put_digits(at, (uint64_t)moment->tm_sec, 2);
}

static const struct tm *local_time(struct time_cache *cache, uint64_t second)
{
	time_t seconds = (time_t)second;

	if (cache->is_valid && cache->second == second)
		return &cache->local;
	cache->second = second;
	cache->is_valid = true;
	if (!localtime_r(&seconds, &cache->local))
		memset(&cache->local, 0, sizeof cache->local);
	return &cache->local;
}

size_t time_text(struct time_cache *cache, uint64_t timestamp_ns, enum time_style style, char out[TIME_TEXT_MAX_BYTES])
{
	time_t seconds = (time_t)(timestamp_ns / NS_PER_S);
	bool is_utc = style == TIME_ISO8601 || style == TIME_ZULU;
	bool has_date = style != TIME_CLOCK && style != TIME_CLOCK_SECONDS;
	bool has_fraction = style != TIME_CLOCK_SECONDS && style != TIME_DATE_SECONDS;
	struct tm utc = {0};
	const struct tm *moment = &utc;
	char *at = out;

	if (is_utc)
		gmtime_r(&seconds, &utc);
	else
		moment = local_time(cache, (uint64_t)seconds);

	if (has_date)
		at = put_date(at, moment, is_utc ? 'T' : ' ');
	at = put_clock(at, moment);
	if (has_fraction) {
		*at++ = '.';
		at = put_digits(at, timestamp_ns % NS_PER_S, 9);
	}
	if (style == TIME_ISO8601) {
		memcpy(at, "+0000", 5);
		at += 5;
	} else if (style == TIME_ZULU) {
		*at++ = 'Z';
	}
	return (size_t)(at - out);
}
