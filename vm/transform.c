#include "vm/transform.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vm/program_cost.h"

/* Where results are written. The room is enough for values of the declared lengths; what runs over is cut. */
struct output {
	struct value *elements;
	uint32_t element_count, elements_max;
	uint8_t *bytes;
	uint8_t *end;
};

uint64_t transform_scratch_bytes(const struct slot *slot)
{
	uint64_t elements = slot->is_list ? slot->elements_max : 0;
	uint64_t texts = 0;

	if (slot->kind == SLOT_FIELD || slot->kind == SLOT_CONSTANT) {
		texts = 0; /* a list field needs the elements only, when some are too long */
	} else if (slot->kind == SLOT_LIST) {
		texts = (uint64_t)slot->elements_max * VALUE_TEXT_BYTES_MAX;
	} else {
		switch (slot->transformer) {
		case TRANSFORMER_TOLOWER:
		case TRANSFORMER_TOUPPER:
		case TRANSFORMER_B64:
		case TRANSFORMER_JOIN:
		case TRANSFORMER_CONCAT:
			texts = (uint64_t)slot->bytes_max * slot->elements_max;
			break;
		default: /* parts of the input, or a number */
			break;
		}
	}
	return (elements * sizeof(struct value) + texts + 15) & ~UINT64_C(15);
}

static struct output output_of(const struct slot *slot, uint8_t *scratch)
{
	struct output output = {.elements = (struct value *)(void *)scratch, .elements_max = slot->elements_max};

	output.bytes = scratch + (slot->is_list ? slot->elements_max * sizeof(struct value) : 0);
	output.end = scratch + slot->scratch_bytes;
	return output;
}

static void output_append(struct output *output, struct text t)
{
	size_t room = (size_t)(output->end - output->bytes);

	if (t.length > room)
		t.length = room;
	if (t.length > 0)
		memcpy(output->bytes, t.bytes, t.length);
	output->bytes += t.length;
}

/* Elements beyond the greatest number are dropped. */
static void output_element(struct output *output, const struct value *value)
{
	if (output->element_count < output->elements_max)
		output->elements[output->element_count++] = *value;
}

static struct value output_list(const struct output *output, enum value_type type)
{
	return (struct value){.state = VALUE_PRESENT,
			      .type = (uint8_t)type,
			      .is_list = true,
			      .length = output->element_count,
			      .elements = output->elements};
}

/* The value as text; numbers and addresses are written to `buffer`. Opaque values have none. */
static struct text value_as_text(const struct value *value, char buffer[VALUE_TEXT_BYTES_MAX])
{
	int length = 0;

	switch (type_kind((enum value_type)value->type)) {
	case KIND_STRING:
	case KIND_BYTES:
		return value_text(value);
	case KIND_SIGNED:
		length = snprintf(buffer, VALUE_TEXT_BYTES_MAX, "%" PRId64, (int64_t)value->number);
		break;
	case KIND_UNSIGNED:
		length = snprintf(buffer, VALUE_TEXT_BYTES_MAX, "%" PRIu64, value->number);
		break;
	case KIND_REAL:
		length = snprintf(buffer, VALUE_TEXT_BYTES_MAX, "%g", value->real);
		break;
	case KIND_BOOLEAN:
		return value->number ? TEXT("true") : TEXT("false");
	case KIND_ADDRESS:
	case KIND_NETWORK:
		if ((value->length == 4 || value->length == 16) &&
		    inet_ntop(value->length == 4 ? AF_INET : AF_INET6, value->bytes, buffer, VALUE_TEXT_BYTES_MAX) != NULL)
			length = (int)strlen(buffer);
		break;
	case KIND_OPAQUE:
		break;
	}
	return text_of(buffer, (size_t)length);
}

/* ---- on one text ---- */

static struct text map_case(struct text t, struct output *output, bool to_upper)
{
	uint8_t first = to_upper ? 'a' : 'A';
	uint8_t *start = output->bytes;

	output_append(output, t);
	for (uint8_t *byte = start; byte < output->bytes; byte++)
		if ((uint8_t)(*byte - first) < 26)
			*byte ^= 0x20;
	return text_of((const char *)start, (size_t)(output->bytes - start));
}

static int base64_digit(uint8_t byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A';
	if (byte >= 'a' && byte <= 'z')
		return byte - 'a' + 26;
	if (byte >= '0' && byte <= '9')
		return byte - '0' + 52;
	if (byte == '+')
		return 62;
	return byte == '/' ? 63 : -1;
}

/* False when the text is not base64: up to two '=' at the end are dropped, unused bits must be zero. */
static bool decode_base64(struct text t, struct output *output, struct text *ret_text)
{
	uint8_t *start = output->bytes;
	uint32_t bits = 0;
	unsigned bit_count = 0;

	for (int i = 0; i < 2 && t.length > 0 && t.bytes[t.length - 1] == '='; i++)
		t.length--;
	if (t.length % 4 == 1)
		return false;
	for (size_t i = 0; i < t.length; i++) {
		int digit = base64_digit((uint8_t)t.bytes[i]);

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		bit_count += 6;
		if (bit_count >= 8) {
			char byte = (char)(bits >> (bit_count - 8));

			output_append(output, text_of(&byte, 1));
			bit_count -= 8;
			bits &= (1u << bit_count) - 1;
		}
	}
	*ret_text = text_of((const char *)start, (size_t)(output->bytes - start));
	return bits == 0;
}

/* The transformers that map a text to a text. False: they have no result. */
static bool map_text(unsigned transformer, enum value_type type, struct text t, struct output *output, struct text *ret_text)
{
	size_t slash;

	switch (transformer) {
	case TRANSFORMER_TOLOWER:
	case TRANSFORMER_TOUPPER:
		*ret_text = map_case(t, output, transformer == TRANSFORMER_TOUPPER);
		return true;
	case TRANSFORMER_B64:
		if (!decode_base64(t, output, ret_text))
			return false;
		if (type_kind(type) == KIND_STRING) {
			const void *nul = memchr(ret_text->bytes, 0, ret_text->length);

			if (nul != NULL) /* strings end at the first NUL */
				ret_text->length = (size_t)((const char *)nul - ret_text->bytes);
		}
		return true;
	default: /* TRANSFORMER_BASENAME */
		slash = text_find_last_byte(t, '/');
		*ret_text = slash == SIZE_MAX ? t : text_slice(t, slash + 1, SIZE_MAX);
		return true;
	}
}

static struct value map_value(const struct slot *slot, const struct value *input, struct output *output)
{
	struct value result = *input;
	struct text t;

	if (input->state == VALUE_UNKNOWN || input->state == VALUE_ABSENT)
		return result;
	if (!map_text(slot->transformer, (enum value_type)slot->type, value_text(input), output, &t))
		/* Without what was predicted there may be a result. */
		return input->state == VALUE_PREDICTED ? value_unknown() : value_absent();
	result.bytes = (const uint8_t *)t.bytes;
	result.length = (uint32_t)t.length;
	return result;
}

static struct value apply_map(const struct slot *slot, const struct value *input, struct output *output)
{
	if (!input->is_list)
		return map_value(slot, input, output);
	for (uint32_t i = 0; i < input->length; i++) {
		struct value element = map_value(slot, &input->elements[i], output);

		if (element.state == VALUE_ABSENT) /* an element without result: none for the list (NA spreads) */
			return value_absent();
		output_element(output, &element);
	}
	return output_list(output, (enum value_type)slot->type);
}

/* ---- on several ---- */

static struct value apply_list(const struct slot *slot, const struct slot_cell *cells, struct output *output)
{
	for (uint32_t i = 0; i < slot->input_count; i++) {
		struct value element = cells[slot->inputs[i]].value;

		if (element.state != VALUE_UNKNOWN) {
			char buffer[VALUE_TEXT_BYTES_MAX];
			struct text t = value_as_text(&element, buffer);

			element.bytes = (const uint8_t *)t.bytes;
			if (t.bytes == buffer) {
				element.bytes = output->bytes;
				output_append(output, t);
			}
			element.length = (uint32_t)t.length;
			element.type = TYPE_CHARBUF;
		}
		output_element(output, &element);
	}
	return output_list(output, TYPE_CHARBUF);
}

static struct value text_result(const uint8_t *start, const struct output *output)
{
	return value_of_text(TYPE_CHARBUF, text_of((const char *)start, (size_t)(output->bytes - start)));
}

static struct value apply_join(const struct value *separator, const struct value *list, struct output *output)
{
	uint8_t *start = output->bytes;
	char buffer[VALUE_TEXT_BYTES_MAX];

	for (uint32_t i = 0; i < list->length; i++) {
		if (i > 0)
			output_append(output, value_text(separator));
		output_append(output, value_as_text(&list->elements[i], buffer));
	}
	return text_result(start, output);
}

static struct value apply_concat(const struct slot *slot, const struct slot_cell *cells, struct output *output)
{
	uint8_t *start = output->bytes;
	char buffer[VALUE_TEXT_BYTES_MAX];

	for (uint32_t i = 0; i < slot->input_count; i++)
		output_append(output, value_as_text(&cells[slot->inputs[i]].value, buffer));
	return text_result(start, output);
}

struct option_sink {
	struct output *output;
	char selector; /* 0: none, all are kept */
	struct value selected;
};

/* `argument`: NULL when the option takes none. */
static void found_option(struct option_sink *sink, struct text letter, const struct text *argument)
{
	struct value letter_value = value_of_text(TYPE_CHARBUF, letter);
	struct value argument_value = argument != NULL ? value_of_text(TYPE_CHARBUF, *argument) : letter_value;

	if (sink->selector != 0) {
		if (letter.bytes[0] == sink->selector)
			sink->selected = argument_value;
		return;
	}
	output_element(sink->output, &letter_value);
	if (argument != NULL)
		output_element(sink->output, &argument_value);
}

/*
 * getopt(3) on a list: stops at "--" or at the first element that is no option, skips "--long". Unknown letters become
 * "?"; an option without its argument gets an empty one.
 */
static struct value apply_getopt(const struct slot *slot, const struct value *list, const struct value *letters,
				 struct output *output)
{
	struct option_sink sink = {output, slot->text.length > 0 ? slot->text.bytes[0] : 0, value_absent()};
	struct text known = value_text(letters);

	for (uint32_t i = 0; i < list->length; i++) {
		struct text element = value_text(&list->elements[i]);

		if (element.length < 2 || element.bytes[0] != '-' || text_is(element, "--"))
			break;
		if (element.bytes[1] == '-')
			continue;
		for (size_t at = 1; at < element.length; at++) {
			struct text letter = text_slice(element, at, 1);
			size_t position = letter.bytes[0] == ':' ? SIZE_MAX : text_find_byte(known, letter.bytes[0]);
			struct text argument = TEXT_EMPTY;

			if (position == SIZE_MAX) {
				found_option(&sink, TEXT("?"), NULL);
				continue;
			}
			if (position + 1 >= known.length || known.bytes[position + 1] != ':') {
				found_option(&sink, letter, NULL);
				continue;
			}
			if (at + 1 < element.length)
				argument = text_slice(element, at + 1, SIZE_MAX);
			else if (i + 1 < list->length)
				argument = value_text(&list->elements[++i]);
			found_option(&sink, letter, &argument);
			break;
		}
	}
	return sink.selector != 0 ? sink.selected : output_list(output, TYPE_CHARBUF);
}

/* ---- states ---- */

/* The state of a result that needs the whole value: lists count with their elements. */
static unsigned whole_state(const struct value *value)
{
	unsigned state = value->state;

	for (uint32_t i = 0; value->is_list && state != VALUE_UNKNOWN && i < value->length; i++) {
		if (value->elements[i].state == VALUE_ABSENT)
			return VALUE_ABSENT;
		if (value->elements[i].state != VALUE_PRESENT)
			state = value->elements[i].state;
	}
	return state;
}

static bool maps_elements(const struct slot *slot)
{
	return slot->kind == SLOT_LIST || slot->transformer == TRANSFORMER_TOLOWER ||
	       slot->transformer == TRANSFORMER_TOUPPER || slot->transformer == TRANSFORMER_B64 ||
	       slot->transformer == TRANSFORMER_BASENAME || slot->transformer == TRANSFORMER_LEN;
}

void transform_apply(const struct slot *slot, const struct slot_cell *cells, uint8_t *scratch, struct value *ret_value)
{
	struct output output = output_of(slot, scratch);
	const struct value *first = slot->input_count > 0 ? &cells[slot->inputs[0]].value : NULL;
	bool is_unknown = false, is_predicted = false;

	for (uint32_t i = 0; i < slot->input_count; i++) {
		const struct value *input = &cells[slot->inputs[i]].value;
		unsigned state = maps_elements(slot) ? input->state : whole_state(input);

		if (state == VALUE_ABSENT) {
			*ret_value = value_absent();
			return;
		}
		if (slot->kind == SLOT_LIST)
			continue; /* elements carry their states */
		is_unknown |= state == VALUE_UNKNOWN;
		is_predicted |= state == VALUE_PREDICTED;
	}
	if (is_unknown) {
		*ret_value = value_unknown();
		return;
	}
	if (slot->kind == SLOT_LIST) {
		*ret_value = apply_list(slot, cells, &output);
		return;
	}
	switch (slot->transformer) {
	case TRANSFORMER_LEN:
		*ret_value = value_of_number(TYPE_UINT64, first->length);
		break;
	case TRANSFORMER_JOIN:
		*ret_value = apply_join(first, &cells[slot->inputs[1]].value, &output);
		break;
	case TRANSFORMER_CONCAT:
		*ret_value = apply_concat(slot, cells, &output);
		break;
	case TRANSFORMER_GETOPT:
		*ret_value = apply_getopt(slot, first, &cells[slot->inputs[1]].value, &output);
		break;
	default:
		*ret_value = apply_map(slot, first, &output);
		break;
	}
	if (is_predicted && ret_value->state == VALUE_PRESENT)
		ret_value->state = VALUE_PREDICTED;
	else if (is_predicted && ret_value->state == VALUE_ABSENT)
		*ret_value = value_unknown();
}

static uint64_t value_bytes(const struct value *value, uint64_t *elements)
{
	uint64_t bytes = 0;

	if (value->state != VALUE_PRESENT && value->state != VALUE_PREDICTED)
		return 0;
	if (!value->is_list) {
		++*elements;
		return value->length < VALUE_TEXT_BYTES_MAX ? VALUE_TEXT_BYTES_MAX : value->length;
	}
	for (uint32_t i = 0; i < value->length; i++)
		bytes += value_bytes(&value->elements[i], elements);
	return bytes;
}

uint64_t transform_spent(const struct slot *slot, const struct slot_cell *cells)
{
	uint64_t bytes = 0, elements = 0;

	for (uint32_t i = 0; i < slot->input_count; i++)
		bytes += value_bytes(&cells[slot->inputs[i]].value, &elements);
	if (slot->kind == SLOT_TRANSFORMER && slot->transformer == TRANSFORMER_JOIN)
		bytes += cells[slot->inputs[0]].value.length * elements;
	return transform_cost(bytes, elements);
}
