#include "event/sources/event_convert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash_table.h"
#include "base/json_writer.h"
#include "catalog/catalog.h"

#define ROUNDS_MAX 50
#define CONVERTED_BYTES_MAX 65536u
#define REMEMBERED_BYTES_MAX ((size_t)64 << 20)

enum action { ACTION_STORE, ACTION_PASS, ACTION_STORE_AND_PASS, ACTION_APPEND, ACTION_RETYPE };
enum origin { ORIGIN_OLD, ORIGIN_ENTER, ORIGIN_NOTHING, ORIGIN_CONTAINER };
enum otherwise { OTHERWISE_EMPTY, OTHERWISE_DEFAULT };

struct conversion {
	uint16_t event, result;
	uint16_t first_source;
	uint8_t parameter_count;
	uint8_t action;
};

struct source {
	uint8_t origin, index, otherwise;
};

enum source_row {
#define CONVERSION(event, count, action, result) SOURCES_##event##_##count, SOURCES_BASE_##event##_##count = SOURCES_##event##_##count - 1,
#define SOURCE(event, count, name, origin, index, otherwise) SOURCE_##event##_##count##_##name,
#include "event/sources/conversions.def"
#undef CONVERSION
#undef SOURCE
	SOURCE_ROW_COUNT,
};

static const struct conversion conversions[] = {
#define CONVERSION(event, count, action, result)                                                                       \
	{EVENT_##event, EVENT_##result, SOURCES_##event##_##count, count, ACTION_##action},
#define SOURCE(event, count, name, origin, index, otherwise)
#include "event/sources/conversions.def"
#undef CONVERSION
#undef SOURCE
};

static const struct source sources[] = {
#define CONVERSION(event, count, action, result)
#define SOURCE(event, count, name, origin, index, otherwise) {ORIGIN_##origin, index, OTHERWISE_##otherwise},
#include "event/sources/conversions.def"
#undef CONVERSION
#undef SOURCE
};

#define CONVERSION_COUNT (sizeof conversions / sizeof conversions[0])

/* What happens to an event before the table is asked: tests 1 to 4 of the reference, by type. */
enum test { TEST_KEEP, TEST_DROP, TEST_CONVERT, TEST_CONVERT_UNLESS_COMPLETE };

/* An enter event of a thread. Slots are reused; the list is in order of storing, the oldest first. */
struct remembered {
	struct remembered *older, *newer;
	int64_t thread_id;
	uint16_t type;
	uint8_t parameter_count;
	bool is_empty;
	size_t capacity_bytes;
	struct {
		uint32_t offset, length;
	} parameters[EVENT_PARAMETERS_MAX];
	uint8_t bytes[];
};

struct event_converter {
	struct number_table *threads; /* thread id → struct remembered */
	struct remembered *oldest, *newest;
	size_t remembered_bytes;
	uint64_t forgotten_count;
	struct buffer json; /* of an old container event */
	uint8_t test[EVENT_ID_COUNT]; /* enum test */
	uint8_t parameter_count[EVENT_ID_COUNT];
	uint16_t first_conversion[EVENT_ID_COUNT]; /* row, CONVERSION_COUNT for none */
};

static enum test test_of(const struct event_info *info)
{
	bool is_exit = info->direction == DIRECTION_EXIT;

	if (info->flags & EVENT_FLAG_UNUSED)
		return TEST_DROP;
	if (!(info->flags & EVENT_FLAG_CONVERTER_MANAGED))
		return (info->flags & EVENT_FLAG_OLD_VERSION) && !is_exit ? TEST_DROP : TEST_KEEP;
	if (!is_exit || (info->flags & EVENT_FLAG_OLD_VERSION))
		return TEST_CONVERT;
	return TEST_CONVERT_UNLESS_COMPLETE;
}

struct event_converter *event_converter_new(void)
{
	struct event_converter *converter = calloc(1, sizeof *converter);

	if (!converter)
		return NULL;
	converter->threads = number_table_new(0);
	if (!converter->threads)
		return event_converter_free(converter);
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		converter->test[id] = (uint8_t)test_of(event_info(id));
		converter->parameter_count[id] = (uint8_t)event_parameter_count(id);
		converter->first_conversion[id] = CONVERSION_COUNT;
	}
	for (size_t row = CONVERSION_COUNT; row-- > 0;)
		converter->first_conversion[conversions[row].event] = (uint16_t)row;
	return converter;
}

struct event_converter *event_converter_free(struct event_converter *converter)
{
	if (!converter)
		return NULL;
	event_converter_forget(converter);
	number_table_free(converter->threads);
	buffer_release(&converter->json);
	free(converter);
	return NULL;
}

void event_converter_forget(struct event_converter *converter)
{
	while (converter->oldest) {
		struct remembered *next = converter->oldest->newer;

		free(converter->oldest);
		converter->oldest = next;
	}
	converter->newest = NULL;
	converter->remembered_bytes = 0;
	if (converter->threads)
		number_table_clear(converter->threads);
}

/* ---- remembered enter events ---- */

static void unlink_slot(struct event_converter *converter, struct remembered *slot)
{
	if (slot->older)
		slot->older->newer = slot->newer;
	else
		converter->oldest = slot->newer;
	if (slot->newer)
		slot->newer->older = slot->older;
	else
		converter->newest = slot->older;
	slot->older = slot->newer = NULL;
}

static void link_newest(struct event_converter *converter, struct remembered *slot)
{
	slot->older = converter->newest;
	if (slot->older)
		slot->older->newer = slot;
	else
		converter->oldest = slot;
	converter->newest = slot;
}

static void forget_slot(struct event_converter *converter, struct remembered *slot)
{
	unlink_slot(converter, slot);
	number_table_remove(converter->threads, (uint64_t)slot->thread_id);
	converter->remembered_bytes -= sizeof *slot + slot->capacity_bytes;
	free(slot);
}

/* The thread's slot with room for `bytes`, unlinked from the list; NULL when there is no memory. */
static struct remembered *take_slot(struct event_converter *converter, int64_t thread_id, size_t bytes)
{
	struct remembered *slot = number_table_get(converter->threads, (uint64_t)thread_id);

	if (slot && slot->capacity_bytes >= bytes) {
		unlink_slot(converter, slot);
		return slot;
	}
	if (slot)
		forget_slot(converter, slot);
	while (converter->oldest && converter->remembered_bytes + sizeof *slot + bytes > REMEMBERED_BYTES_MAX) {
		converter->forgotten_count += !converter->oldest->is_empty;
		forget_slot(converter, converter->oldest);
	}
	slot = calloc(1, sizeof *slot + bytes);
	if (!slot)
		return NULL;
	slot->thread_id = thread_id;
	slot->capacity_bytes = bytes;
	if (number_table_set(converter->threads, (uint64_t)thread_id, slot) < 0) {
		free(slot);
		return NULL;
	}
	converter->remembered_bytes += sizeof *slot + bytes;
	return slot;
}

static int remember(struct event_converter *converter, const struct event *event)
{
	struct remembered *slot;
	size_t bytes = 0;

	for (unsigned i = 0; i < event->parameter_count; i++)
		bytes += event->parameters[i].length;
	slot = take_slot(converter, event->thread_id, bytes);
	if (!slot)
		return -ENOMEM;
	link_newest(converter, slot);
	slot->type = event->type;
	slot->is_empty = false;
	slot->parameter_count = event->parameter_count;
	bytes = 0;
	for (unsigned i = 0; i < event->parameter_count; i++) {
		const struct event_parameter *parameter = &event->parameters[i];

		slot->parameters[i].offset = (uint32_t)bytes;
		slot->parameters[i].length = parameter->length;
		if (parameter->length > 0)
			memcpy(slot->bytes + bytes, parameter->bytes, parameter->length);
		bytes += parameter->length;
	}
	return 0;
}

static struct remembered *recall(const struct event_converter *converter, int64_t thread_id)
{
	struct remembered *slot = number_table_get(converter->threads, (uint64_t)thread_id);

	return slot && !slot->is_empty ? slot : NULL;
}

uint64_t event_converter_forgotten(const struct event_converter *converter)
{
	return converter->forgotten_count;
}

/* ---- making parameters ---- */

static struct event_parameter present(const uint8_t *bytes, size_t length)
{
	return (struct event_parameter){.bytes = bytes, .length = (uint32_t)length, .state = PARAMETER_PRESENT};
}

static struct event_parameter without_origin(enum otherwise otherwise, enum value_type type)
{
	static const uint8_t zeros[16];
	static const uint8_t nobody[4] = {0xff, 0xff, 0xff, 0xff};

	if (otherwise == OTHERWISE_EMPTY)
		return present(zeros, 0);
	if (type == TYPE_UID || type == TYPE_GID)
		return present(nobody, sizeof nobody);
	return present(zeros, type_size_bytes(type));
}

static struct event_parameter container_json(struct event_converter *converter, struct event *event)
{
	struct json_writer writer;

	buffer_clear(&converter->json);
	json_writer_init(&writer, &converter->json);
	json_begin_object(&writer);
	json_key(&writer, TEXT("container"));
	json_begin_object(&writer);
	json_key(&writer, TEXT("id"));
	json_string(&writer, event_parameter_text(event, PARAMETER_INDEX(CONTAINER_E, id)));
	json_key(&writer, TEXT("type"));
	json_unsigned(&writer, event_parameter_unsigned(event, PARAMETER_INDEX(CONTAINER_E, type), 0));
	json_key(&writer, TEXT("name"));
	json_string(&writer, event_parameter_text(event, PARAMETER_INDEX(CONTAINER_E, name)));
	json_key(&writer, TEXT("image"));
	json_string(&writer, event_parameter_text(event, PARAMETER_INDEX(CONTAINER_E, image)));
	json_end_object(&writer);
	json_end_object(&writer);
	buffer_append_byte(&converter->json, 0);
	return present(converter->json.bytes, converter->json.length);
}

static unsigned source_count(const struct conversion *row)
{
	unsigned end = row + 1 < conversions + CONVERSION_COUNT ? row[1].first_source : SOURCE_ROW_COUNT;

	return end - row->first_source;
}

static int make_parameters(struct event_converter *converter, struct event *event, const struct conversion *row,
			   const char **ret_fault)
{
	struct event old = *event;
	struct remembered *enter = recall(converter, event->thread_id);
	const struct source *source = &sources[row->first_source];
	unsigned first = row->action == ACTION_APPEND ? old.parameter_count : 0;
	unsigned end = first + source_count(row);
	bool used_enter = false;

	event->type = row->result;
	for (unsigned i = first; i < end; i++, source++) {
		enum value_type type = event_parameter_info(row->result, i)->type;
		struct event_parameter made = without_origin(source->otherwise, type);
		size_t size_bytes = type_size_bytes(type);

		switch (source->origin) {
		case ORIGIN_OLD:
			made = old.parameters[source->index];
			break;
		case ORIGIN_ENTER:
			if (!enter)
				break;
			if (enter->type != old.type - 1) {
				*ret_fault = "the event before it of the same thread is not its enter event";
				return -EBADMSG;
			}
			if (source->index >= enter->parameter_count) {
				*ret_fault = "its enter event has too few parameters";
				return -EBADMSG;
			}
			made = present(enter->bytes + enter->parameters[source->index].offset,
				       enter->parameters[source->index].length);
			used_enter = true;
			break;
		case ORIGIN_CONTAINER:
			made = container_json(converter, &old);
			if (converter->json.failed)
				return -ENOMEM;
			break;
		default:
			break;
		}
		if (size_bytes > 0 && made.length > size_bytes)
			made.length = (uint32_t)size_bytes;
		event->parameters[i] = made;
	}
	event->parameter_count = (uint8_t)end;
	if (used_enter)
		enter->is_empty = true; /* the bytes stay until the thread's next enter event */
	return 0;
}

/* ---- the tests ---- */

static const struct conversion *find_conversion(const struct event_converter *converter, unsigned type,
						uint32_t parameter_count)
{
	for (size_t row = converter->first_conversion[type]; row < CONVERSION_COUNT; row++) {
		if (conversions[row].event != type)
			break;
		if (conversions[row].parameter_count == parameter_count)
			return &conversions[row];
	}
	return NULL;
}

static bool is_too_large(const struct event *event)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < event->parameter_count; i++)
		bytes += event->parameters[i].length;
	return bytes > CONVERTED_BYTES_MAX;
}

int event_convert(struct event_converter *converter, struct event *event, uint32_t parameter_count,
		  const char **ret_fault)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		uint8_t complete_count = converter->parameter_count[event->type];
		const struct conversion *row;
		int error = 0;

		switch ((enum test)converter->test[event->type]) {
		case TEST_DROP:
			return CONVERSION_DROP;
		case TEST_CONVERT_UNLESS_COMPLETE:
			if (parameter_count != complete_count)
				break;
			return CONVERSION_KEEP;
		case TEST_CONVERT:
			break;
		default:
			if (parameter_count > complete_count)
				event->parameter_count = complete_count;
			return CONVERSION_KEEP;
		}
		row = find_conversion(converter, event->type, parameter_count);
		if (!row) {
			*ret_fault = "no version of the event has this number of parameters";
			return -EBADMSG;
		}
		if (row->action != ACTION_PASS && is_too_large(event)) {
			*ret_fault = "the event is too large to be converted";
			return -EBADMSG;
		}
		if (row->action == ACTION_STORE || row->action == ACTION_STORE_AND_PASS)
			error = remember(converter, event);
		else if (row->action != ACTION_PASS)
			error = make_parameters(converter, event, row, ret_fault);
		if (error)
			return error;
		if (row->action == ACTION_STORE)
			return CONVERSION_DROP;
		if (row->action == ACTION_PASS || row->action == ACTION_STORE_AND_PASS)
			return CONVERSION_KEEP;
		parameter_count = event->parameter_count;
	}
	*ret_fault = "the event does not reach the current schema";
	return -EBADMSG;
}
