#include "agent/replay/event_range.h"

#include <time.h>

#include "base/clock.h"

#define DIGITS_OF_TIME 15 /* no capture has so many events, and no time since 1970-01-12 fewer */
#define DISORDER_NS NS_PER_S
#define NS_PER_DAY (UINT64_C(86400) * NS_PER_S)
#define FRACTION_DIGITS 9

/* ---- reading ---- */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* The digits at the start of *t, `count_min` to `count_max` of them, which are taken away. */
static bool take_digits(struct text *t, size_t count_min, size_t count_max, uint64_t *ret_number)
{
	size_t count = 0;

	while (count < t->length && count < count_max && is_digit(t->bytes[count]))
		count++;
	if (count < count_min || !text_to_u64(text_slice(*t, 0, count), ret_number))
		return false;
	*t = text_slice(*t, count, SIZE_MAX);
	return true;
}

static bool take_byte(struct text *t, char byte)
{
	if (t->length == 0 || t->bytes[0] != byte)
		return false;
	*t = text_slice(*t, 1, SIZE_MAX);
	return true;
}

/* ".01" as ns of a second; nothing is 0. */
static bool take_fraction(struct text *t, uint64_t *ret_ns)
{
	size_t before;
	uint64_t ns = 0;

	*ret_ns = 0;
	if (!take_byte(t, '.'))
		return true;
	before = t->length;
	if (!take_digits(t, 1, FRACTION_DIGITS, &ns))
		return false;
	for (size_t digits = before - t->length; digits < FRACTION_DIGITS; digits++)
		ns *= 10;
	*ret_ns = ns;
	return true;
}

struct clock_time {
	uint64_t hour, minute, second, ns;
};

static bool take_clock(struct text *t, struct clock_time *ret)
{
	return take_digits(t, 2, 2, &ret->hour) && take_byte(t, ':') && take_digits(t, 2, 2, &ret->minute) &&
	       take_byte(t, ':') && take_digits(t, 2, 2, &ret->second) && take_fraction(t, &ret->ns) && ret->hour < 24 &&
	       ret->minute < 60 && ret->second <= 60;
}

static bool parse_clock(struct text t, struct event_bound *ret_bound)
{
	struct clock_time clock;

	if (!take_clock(&t, &clock) || t.length > 0)
		return false;
	*ret_bound = (struct event_bound){
		BOUND_CLOCK, ((clock.hour * 60 + clock.minute) * 60 + clock.second) * NS_PER_S + clock.ns};
	return true;
}

/* "Z", "+0200", "+02:00", "-0130". *ret_east_s: seconds by which it is ahead of UTC. */
static bool take_zone(struct text *t, int64_t *ret_east_s)
{
	uint64_t hours, minutes;
	bool is_west;

	*ret_east_s = 0;
	if (take_byte(t, 'Z'))
		return true;
	is_west = take_byte(t, '-');
	if (!is_west && !take_byte(t, '+'))
		return false;
	if (!take_digits(t, 2, 2, &hours))
		return false;
	take_byte(t, ':');
	if (!take_digits(t, 2, 2, &minutes) || hours > 14 || minutes > 59)
		return false;
	*ret_east_s = (int64_t)(hours * 60 + minutes) * 60 * (is_west ? -1 : 1);
	return true;
}

static bool parse_date(struct text t, struct event_bound *ret_bound)
{
	uint64_t year, month, day;
	struct clock_time clock;
	struct tm moment = {.tm_isdst = -1};
	int64_t east_s = 0;
	time_t seconds;

	if (!take_digits(&t, 4, 4, &year) || !take_byte(&t, '-') || !take_digits(&t, 2, 2, &month) || !take_byte(&t, '-') ||
	    !take_digits(&t, 2, 2, &day) || !(take_byte(&t, 'T') || take_byte(&t, ' ')) || !take_clock(&t, &clock))
		return false;
	if (year < 1970 || year > 2554 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	moment.tm_year = (int)year - 1900;
	moment.tm_mon = (int)month - 1;
	moment.tm_mday = (int)day;
	moment.tm_hour = (int)clock.hour;
	moment.tm_min = (int)clock.minute;
	moment.tm_sec = (int)clock.second;
	if (t.length == 0) {
		seconds = mktime(&moment);
	} else {
		if (!take_zone(&t, &east_s) || t.length > 0)
			return false;
		seconds = timegm(&moment) - (time_t)east_s;
	}
	/* The 31st of a shorter month has become another day. */
	if (seconds < 0 || moment.tm_mday != (int)day)
		return false;
	*ret_bound = (struct event_bound){BOUND_TIME, (uint64_t)seconds * NS_PER_S + clock.ns};
	return true;
}

bool event_bound_parse(struct text t, struct event_bound *ret_bound)
{
	uint64_t number;

	if (t.length > 0 && t.bytes[0] == '+') {
		if (!duration_to_ns(text_slice(t, 1, SIZE_MAX), &number))
			return false;
		*ret_bound = (struct event_bound){BOUND_OFFSET, number};
		return true;
	}
	if (text_to_u64(t, &number)) {
		*ret_bound = (struct event_bound){t.length >= DIGITS_OF_TIME ? BOUND_TIME : BOUND_NUMBER, number};
		return true;
	}
	return parse_clock(t, ret_bound) || parse_date(t, ret_bound);
}

/* ---- asking ---- */

/* The moment nearest to `first_ns` at which local clocks show that time. */
static uint64_t moment_of_clock(uint64_t clock_ns, uint64_t first_ns)
{
	time_t seconds = (time_t)(first_ns / NS_PER_S);
	struct tm moment;
	uint64_t found;

	if (!localtime_r(&seconds, &moment))
		return clock_ns;
	moment.tm_hour = (int)(clock_ns / NS_PER_S / 3600);
	moment.tm_min = (int)(clock_ns / NS_PER_S / 60 % 60);
	moment.tm_sec = (int)(clock_ns / NS_PER_S % 60);
	moment.tm_isdst = -1;
	found = (uint64_t)mktime(&moment) * NS_PER_S + clock_ns % NS_PER_S;
	if (found + NS_PER_DAY / 2 < first_ns) {
		moment.tm_mday++;
		moment.tm_isdst = -1;
		found = (uint64_t)mktime(&moment) * NS_PER_S + clock_ns % NS_PER_S;
	}
	return found;
}

static void resolve(struct event_bound *bound, uint64_t first_ns)
{
	if (bound->kind == BOUND_OFFSET)
		*bound = (struct event_bound){BOUND_TIME, bound->value > UINT64_MAX - first_ns ? UINT64_MAX : first_ns + bound->value};
	else if (bound->kind == BOUND_CLOCK)
		*bound = (struct event_bound){BOUND_TIME, moment_of_clock(bound->value, first_ns)};
}

void event_range_see(struct event_range *range, const struct event *event)
{
	if (range->is_resolved || event_info(event->type)->event_class == EVENT_CLASS_METAEVENT)
		return;
	range->is_resolved = true;
	resolve(&range->from, event->timestamp_ns);
	resolve(&range->to, event->timestamp_ns);
}

/* Before the first time is known, offsets and clocks lie ahead. */
bool event_range_has(const struct event_range *range, const struct event *event)
{
	bool has_begun = false, has_ended = false;

	switch (range->from.kind) {
	case BOUND_NONE:
		has_begun = true;
		break;
	case BOUND_NUMBER:
		has_begun = event->number >= range->from.value;
		break;
	case BOUND_TIME:
		has_begun = event->timestamp_ns >= range->from.value;
		break;
	default:
		break;
	}
	if (range->to.kind == BOUND_NUMBER)
		has_ended = event->number > range->to.value;
	else if (range->to.kind == BOUND_TIME)
		has_ended = event->timestamp_ns > range->to.value;
	return has_begun && !has_ended;
}

bool event_range_is_over(const struct event_range *range, const struct event *event)
{
	if (range->to.kind == BOUND_NUMBER)
		return event->number > range->to.value;
	return range->to.kind == BOUND_TIME && range->to.value < UINT64_MAX - DISORDER_NS &&
	       event->timestamp_ns > range->to.value + DISORDER_NS;
}
