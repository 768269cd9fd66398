/*
 * The mutation test of the way from a capture to alerts: reader, conversion, state, fields, rendering. Bytes of a capture
 * are changed where values stand, and sometimes where lengths and types do; then everything is replayed and every field is
 * asked for, twice, and must come to the same end. Build with sanitizers.
 *
 *	fuzz_replay [--runs N] [--seed S] BUNDLE CAPTURE
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file_io.h"
#include "detect/alert_build.h"
#include "detect/ruleset_load.h"
#include "event/render/value_text.h"
#include "event/sources/byte_stream.h"
#include "event/sources/scap_read.h"
#include "event/state/state.h"
#include "proto/alert_json.h"

#define FRAME_BYTES 12u
#define EVENT_DATA_CHANGES 0.9995 /* the share of changes that hit values of events, not the structure */
#define BYTES_PER_CHANGE 400u

/* Of the runs of mutants: whether damage is found early, and whether anything is left to match. */
static uint64_t mutants, faults, events_seen, alerts_seen, values_seen;

static void fail(const char *what)
{
	fprintf(stderr, "fuzz_replay: %s\n", what);
	exit(EXIT_FAILURE);
}

/* ---- random numbers: the same everywhere for a seed (splitmix64) ---- */

static uint64_t random_state;

static uint64_t random_number(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t random_below(size_t limit)
{
	return (size_t)(random_number() % limit);
}

/* ---- where bytes of the capture stand ---- */

struct places {
	size_t *offsets;
	size_t count;
};

struct capture {
	uint8_t *bytes;
	size_t length;
	struct places values;	 /* parameters of events */
	struct places structure; /* the rest of every block's body */
};

static void read_capture(struct capture *capture, const char *path)
{
	struct byte_stream stream;

	if (byte_stream_open(&stream, path))
		fail("cannot open the capture");
	if (byte_stream_need(&stream, BYTE_STREAM_NEED_MAX) != -ENODATA)
		fail("the capture is too large");
	capture->length = (size_t)(stream.end - stream.at);
	capture->bytes = malloc(capture->length);
	capture->values.offsets = calloc(capture->length, sizeof(size_t));
	capture->structure.offsets = calloc(capture->length, sizeof(size_t));
	if (!capture->bytes || !capture->values.offsets || !capture->structure.offsets)
		fail("no memory");
	memcpy(capture->bytes, stream.at, capture->length);
	byte_stream_close(&stream);
}

static bool is_event_block(uint32_t type)
{
	return type == 0x204 || type == 0x216 || type == 0x221;
}

/* Bytes before the parameters of an event block, by the layouts of the capture format. */
static size_t bytes_before_parameters(const uint8_t *block)
{
	uint32_t type = load_u32(block);

	if (type == 0x204)
		return 8 + 2 + 22 + 2 * (size_t)event_parameter_count(load_u16(block + 30));
	return 8 + 2 + 26 + (type == 0x221 ? 4 : 2) * (size_t)load_u32(block + 32);
}

static void find_places(struct capture *capture)
{
	for (size_t block = 0; block + FRAME_BYTES <= capture->length;) {
		const uint8_t *bytes = capture->bytes + block;
		size_t length = load_u32(bytes + 4), values = length;

		if (length < FRAME_BYTES || length > capture->length - block)
			fail("the capture is damaged already");
		if (is_event_block(load_u32(bytes)))
			values = bytes_before_parameters(bytes);
		for (size_t i = 8; i < length - 4; i++) {
			struct places *places = i >= values ? &capture->values : &capture->structure;

			places->offsets[places->count++] = block + i;
		}
		block += length;
	}
	if (capture->values.count == 0 || capture->structure.count == 0)
		fail("the capture has no events");
}

/* ---- changes ---- */

static void change(uint8_t *bytes, size_t length, size_t at)
{
	static const uint64_t interesting[] = {0,	   1,	       2,	 3,	     4,	      100, 0x7f, 0x80, 0xff,
					       0x100,	   0x7fffffff, 0xffff,	 0xffffffff, UINT64_MAX,   UINT64_MAX - 99,
					       INT64_MAX, 1u << 31};
	uint64_t number = interesting[random_below(sizeof interesting / sizeof interesting[0])];
	size_t width = (size_t)1 << random_below(4);

	switch (random_below(5)) {
	case 0:
		bytes[at] = (uint8_t)random_number();
		break;
	case 1:
		bytes[at] ^= (uint8_t)(1u << random_below(8));
		break;
	case 2:
		bytes[at] = (uint8_t)"\0/.:% (=,\xff"[random_below(10)];
		break;
	default:
		if (at + width <= length)
			memcpy(bytes + at, &number, width);
	}
}

static void mutate(const struct capture *capture, uint8_t *bytes)
{
	size_t changes = 1 + random_below(1 + capture->length / BYTES_PER_CHANGE);

	memcpy(bytes, capture->bytes, capture->length);
	for (size_t i = 0; i < changes; i++) {
		bool is_value = (double)random_below(100000) < EVENT_DATA_CHANGES * 100000;
		const struct places *places = is_value ? &capture->values : &capture->structure;

		change(bytes, capture->length, places->offsets[random_below(places->count)]);
	}
}

/* ---- replaying ---- */

/* Every field that needs no argument, as text. */
static uint64_t ask_every_field(struct field_reader *fields, struct buffer *text, uint64_t hash)
{
	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		struct field_request request = {.field = (uint16_t)field};
		struct value value;

		if (field_info(field)->flags & FIELD_FLAG_ARG_REQUIRED)
			continue;
		if (field == FIELD_EVT_OUTPUTTIME || field == FIELD_EVT_HOSTNAME)
			continue; /* of the time and place of the replay */
		field_get(fields, UINT32_MAX, &request, &value);
		buffer_clear(text);
		value_text_append(text, &value, field_style(fields, UINT32_MAX, &request));
		hash = text_hash(buffer_text(text), hash);
		values_seen++;
	}
	return hash;
}

/* Replays the file; what came of it, as a number. */
static uint64_t replay(const char *path, const struct program *program)
{
	const struct alert_builder_options options = {.host_name = TEXT("h")};
	struct state *state = state_new(NULL, NULL);
	struct ruleset_runner *runner = state ? ruleset_runner_new(state) : NULL;
	struct alert_builder *builder = alert_builder_new(&options);
	struct buffer text = BUFFER_INIT;
	struct event_source *source;
	struct event event;
	uint64_t hash = 0;
	int status;

	if (!runner || !builder || ruleset_runner_set_program(runner, program, RULE_MATCHING_ALL) < 0)
		fail("no memory");
	ruleset_runner_enable_all(runner);
	if (scap_source_open(path, &source))
		fail("cannot open the mutant");
	while ((status = source->next(source, state, &event)) == 1) {
		const struct rule_match *matches;
		uint32_t count;

		state_apply(state, &event);
		count = ruleset_run(runner, &event, &matches);
		for (uint32_t i = 0; i < count; i++) {
			const struct alert *alert = alert_build(builder, runner, &event, matches[i].rule, NULL, 0);

			if (!alert)
				fail("no alert");
			buffer_clear(&text);
			alert_json_append(&text, alert);
			alert_text_append(&text, alert);
			hash = text_hash(buffer_text(&text), hash);
			alerts_seen++;
		}
		if (event.number % 16 == 0)
			hash = ask_every_field(ruleset_runner_fields(runner), &text, hash);
		events_seen++;
	}
	if (status < 0) {
		faults++;
		hash = text_hash(text_from_string(source->error(source)), hash);
	}
	source->free(source);
	buffer_release(&text);
	alert_builder_free(builder);
	ruleset_runner_free(runner);
	state_free(state);
	return hash;
}

static void run_mutants(const struct capture *capture, const struct program *program, uint64_t runs, uint64_t seed)
{
	int descriptor = memfd_create("mutant", MFD_CLOEXEC);
	uint8_t *bytes = malloc(capture->length);
	char path[40];

	if (descriptor < 0 || !bytes)
		fail("no memory");
	snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
	for (uint64_t run = 0; run < runs; run++) {
		random_state = seed + run;
		mutate(capture, bytes);
		if (lseek(descriptor, 0, SEEK_SET) < 0 || write_all(descriptor, bytes, capture->length) < 0)
			fail("cannot write the mutant");
		if (replay(path, program) != replay(path, program)) {
			fprintf(stderr, "fuzz_replay: seed %" PRIu64 ": two replays differ\n", seed + run);
			exit(EXIT_FAILURE);
		}
		mutants++;
	}
	close(descriptor);
	free(bytes);
}

int main(int argc, char **argv)
{
	const struct bundle_checks checks = {.accept_unsigned = true};
	uint64_t runs = 20, seed = 1;
	struct buffer bundle = BUFFER_INIT;
	struct bundle_refusal refusal;
	struct capture capture = {0};
	struct ruleset *ruleset;
	int next = 1;

	for (; next + 1 < argc && strncmp(argv[next], "--", 2) == 0; next += 2) {
		uint64_t *target = strcmp(argv[next], "--runs") == 0 ? &runs : &seed;

		if (!text_to_u64(text_from_string(argv[next + 1]), target))
			fail("not a number");
	}
	if (argc - next != 2)
		fail("usage: fuzz_replay [--runs N] [--seed S] BUNDLE CAPTURE");
	if (file_read(argv[next], BUNDLE_BYTES_MAX, &bundle) < 0)
		fail("cannot read the bundle");
	if (ruleset_load(buffer_text(&bundle), &checks, NULL, &ruleset, &refusal) != BUNDLE_REFUSAL_NONE)
		fail(refusal.detail);
	read_capture(&capture, argv[next + 1]);
	find_places(&capture);
	run_mutants(&capture, ruleset->program, runs, seed);
	printf("%" PRIu64 " mutants replayed twice: %" PRIu64 " faults, %" PRIu64 " events, %" PRIu64 " alerts, %" PRIu64
	       " values\n", mutants, faults, events_seen, alerts_seen, values_seen);
	/* A test of nothing would pass as well. */
	if (runs >= 20 && (faults == 0 || alerts_seen == 0 || events_seen < runs * 100))
		fail("the mutants are not worth their name");
	ruleset_free(ruleset);
	buffer_release(&bundle);
	free(capture.bytes);
	free(capture.values.offsets);
	free(capture.structure.offsets);
	return EXIT_SUCCESS;
}
