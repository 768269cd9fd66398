#include "agent/replay/summary.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "event/render/time_text.h"
#include "event/sources/scap_read.h"

void replay_summary_count(struct replay_summary *summary, const struct event *event)
{
	if (summary->events++ == 0)
		summary->first_time_ns = event->timestamp_ns;
	summary->last_time_ns = event->timestamp_ns;
	summary->shown_events += !event->is_hidden;
	summary->events_by_type[event->type]++;
}

/* ---- lists, the largest first ---- */

struct line {
	uint64_t count;
	struct text name;
};

static int compare_lines(const void *a, const void *b)
{
	const struct line *left = a, *right = b;

	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	return text_compare(left->name, right->name);
}

/* Types that have one name to rules are one: enter and exit, older and newer ones. */
static size_t lines_of_types(const struct replay_summary *summary, struct line lines[EVENT_ID_COUNT])
{
	size_t count = 0;

	for (unsigned type = 0; type < EVENT_ID_COUNT; type++) {
		struct text name = text_from_string(event_info(type)->name);
		size_t at = 0;

		if (summary->events_by_type[type] == 0)
			continue;
		while (at < count && !text_equal(lines[at].name, name))
			at++;
		if (at == count)
			lines[count++] = (struct line){0, name};
		lines[at].count += summary->events_by_type[type];
	}
	qsort(lines, count, sizeof *lines, compare_lines);
	return count;
}

/* Rules with alerts. NULL when there is no memory. */
static struct line *lines_of_rules(const struct replay_summary *summary, size_t *ret_count)
{
	uint32_t rule_count = summary->program ? program_rule_count(summary->program) : 0;
	struct line *lines = calloc((size_t)rule_count + 1, sizeof *lines);
	size_t count = 0;

	for (uint32_t rule = 0; lines && rule < rule_count; rule++) {
		if (summary->alerts_by_rule[rule] > 0)
			lines[count++] =
				(struct line){summary->alerts_by_rule[rule], program_rule(summary->program, rule).name};
	}
	if (lines)
		qsort(lines, count, sizeof *lines, compare_lines);
	*ret_count = count;
	return lines;
}

/* ---- counters ---- */

enum counter_source { COUNTER_READER, COUNTER_STATE };

static const struct {
	struct text key, meaning;
	size_t offset;
	uint8_t source; /* enum counter_source */
} counters[] = {
#define OFFSET_READER(member) offsetof(struct scap_read_counters, member)
#define OFFSET_STATE(member) offsetof(struct state_counters, member)
#define SUMMARY_COUNTER(key, source, member, text)                                                                     \
	{{key, sizeof key - 1}, {text, sizeof text - 1}, OFFSET_##source(member), COUNTER_##source},
#include "agent/replay/summary_counters.def"
#undef SUMMARY_COUNTER
};

#define COUNTER_COUNT (sizeof counters / sizeof counters[0])

static uint64_t counter_value(const struct replay_totals *totals, size_t index)
{
	const char *start = counters[index].source == COUNTER_STATE ? (const char *)&totals->state->counters
								     : (const char *)totals->reader;
	uint64_t value = 0;

	if (start)
		memcpy(&value, start + counters[index].offset, sizeof value);
	return value;
}

/* ---- text ---- */

static void append_lines(struct buffer *out, const char *title, const struct line *lines, size_t count)
{
	if (count > 0)
		buffer_printf(out, "%s\n", title);
	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "%12" PRIu64 "  " TEXT_FORMAT "\n", lines[i].count, TEXT_ARGUMENTS(lines[i].name));
}

static void append_time(struct buffer *out, uint64_t time_ns)
{
	struct time_cache cache = {0};
	char text[TIME_TEXT_MAX_BYTES];

	buffer_append(out, text, time_text(&cache, time_ns, TIME_ZULU, text));
}

void replay_summary_text(struct buffer *out, const struct replay_summary *summary, const struct replay_totals *totals)
{
	struct line types[EVENT_ID_COUNT], *rules;
	size_t type_count = lines_of_types(summary, types), rule_count;

	buffer_printf(out, "%" PRIu64 " events, %" PRIu64 " of them hidden; %" PRIu64 " alerts; %" PRIu64 " ms\n",
		      summary->events, summary->events - summary->shown_events, summary->alerts,
		      totals->elapsed_ns / NS_PER_MS);
	if (summary->events > 0) {
		buffer_append_string(out, "from ");
		append_time(out, summary->first_time_ns);
		buffer_append_string(out, " to ");
		append_time(out, summary->last_time_ns);
		buffer_append_byte(out, '\n');
	}
	for (size_t i = 0; i < COUNTER_COUNT; i++) {
		if (counter_value(totals, i) > 0)
			buffer_printf(out, "%12" PRIu64 "  " TEXT_FORMAT "\n", counter_value(totals, i),
				      TEXT_ARGUMENTS(counters[i].meaning));
	}
	if (totals->values_cut > 0)
		buffer_printf(out, "%12" PRIu64 "  values cut: longer than their bounds\n", totals->values_cut);
	append_lines(out, "events by type:", types, type_count);
	rules = lines_of_rules(summary, &rule_count);
	if (!rules)
		out->failed = true;
	else
		append_lines(out, "alerts by rule:", rules, rule_count);
	free(rules);
}

/* ---- JSON ---- */

static void write_lines(struct json_writer *writer, struct text key, const struct line *lines, size_t count)
{
	json_key(writer, key);
	json_begin_object(writer);
	for (size_t i = 0; i < count; i++) {
		json_key(writer, lines[i].name);
		json_unsigned(writer, lines[i].count);
	}
	json_end_object(writer);
}

static void write_number(struct json_writer *writer, struct text key, uint64_t number)
{
	json_key(writer, key);
	json_unsigned(writer, number);
}

void replay_summary_json(struct buffer *out, const struct replay_summary *summary, const struct replay_totals *totals)
{
	struct line types[EVENT_ID_COUNT], *rules;
	size_t type_count = lines_of_types(summary, types), rule_count;
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	write_number(&writer, TEXT("events"), summary->events);
	write_number(&writer, TEXT("hidden_events"), summary->events - summary->shown_events);
	write_number(&writer, TEXT("alerts"), summary->alerts);
	write_number(&writer, TEXT("first_time_ns"), summary->first_time_ns);
	write_number(&writer, TEXT("last_time_ns"), summary->last_time_ns);
	write_number(&writer, TEXT("elapsed_ms"), totals->elapsed_ns / NS_PER_MS);
	for (size_t i = 0; i < COUNTER_COUNT; i++)
		write_number(&writer, counters[i].key, counter_value(totals, i));
	write_number(&writer, TEXT("values_cut"), totals->values_cut);
	write_lines(&writer, TEXT("events_by_type"), types, type_count);
	rules = lines_of_rules(summary, &rule_count);
	if (rules)
		write_lines(&writer, TEXT("alerts_by_rule"), rules, rule_count);
	else
		out->failed = true;
	json_end_object(&writer);
	free(rules);
}
