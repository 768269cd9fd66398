#include "compiler/oracle/evaluate_values.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>

#include "base/buffer.h"

bool expression_is_compared_each(const struct expression *expression)
{
	uint16_t flags;

	if (expression->kind != EXPRESSION_FIELD)
		return false;
	flags = field_info((unsigned)expression->field)->flags;
	if (flags & FIELD_FLAG_EITHER_END)
		return true;
	return (flags & FIELD_FLAG_ANY_ANCESTOR) != 0 && !expression->has_field_argument;
}

struct field_request request_of_field(const struct expression *field, bool each)
{
	return (struct field_request){
		.field = (uint16_t)field->field,
		.flags = each ? SLOT_FLAG_EACH : 0,
		.has_argument = field->has_field_argument,
		.argument_is_number = field->field_argument_is_number,
		.argument_number = field->field_argument_number,
		.argument = field->has_field_argument ? field->field_argument : TEXT_EMPTY,
	};
}

/* ---- texts ---- */

static int keep_text(struct arena *scratch, struct buffer *buffer, enum value_type type, struct value *ret_value)
{
	struct text text = buffer->failed ? (struct text){0} : arena_copy_text(scratch, buffer_text(buffer));

	buffer_release(buffer);
	if (!text.bytes)
		return -ENOMEM;
	*ret_value = value_of_text(type, text);
	return 0;
}

/* As it stands in joined and concatenated texts. */
static void append_value(struct buffer *buffer, const struct value *value)
{
	char address[INET6_ADDRSTRLEN];

	switch (type_kind((enum value_type)value->type)) {
	case KIND_STRING:
	case KIND_BYTES:
		buffer_append_text(buffer, value_text(value));
		break;
	case KIND_SIGNED:
		buffer_printf(buffer, "%" PRId64, (int64_t)value->number);
		break;
	case KIND_UNSIGNED:
		buffer_printf(buffer, "%" PRIu64, value->number);
		break;
	case KIND_REAL:
		buffer_printf(buffer, "%g", value->real);
		break;
	case KIND_BOOLEAN:
		buffer_append_string(buffer, value->number ? "true" : "false");
		break;
	case KIND_ADDRESS:
	case KIND_NETWORK:
		if (inet_ntop(value->length == 4 ? AF_INET : AF_INET6, value->bytes, address, sizeof address))
			buffer_append_string(buffer, address);
		break;
	case KIND_OPAQUE:
		break;
	}
}

static bool decode_base64(struct text t, struct buffer *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;

	for (int i = 0; i < 2; i++)
		if (text_ends_with(t, TEXT("=")))
			t.length--;
	if (t.length % 4 == 1)
		return false;
	for (size_t i = 0; i < t.length; i++) {
		const char *digit = t.bytes[i] ? strchr(digits, t.bytes[i]) : NULL;

		if (!digit)
			return false;
		bits = bits << 6 | (uint32_t)(digit - digits);
		if (i % 4 == 3)
			for (int shift = 16; shift >= 0; shift -= 8)
				buffer_append_byte(out, (uint8_t)(bits >> shift));
	}
	if (t.length % 4 == 2) {
		buffer_append_byte(out, (uint8_t)(bits >> 4));
		return (bits & 0xf) == 0;
	}
	if (t.length % 4 == 3) {
		buffer_append_byte(out, (uint8_t)(bits >> 10));
		buffer_append_byte(out, (uint8_t)(bits >> 2));
		return (bits & 3) == 0;
	}
	return true;
}

/* A text of a text: tolower, toupper, b64, basename. What has no result becomes absent. */
static int map_one(struct arena *scratch, int transformer, const struct value *value, struct value *ret_value)
{
	struct text t = value_text(value);
	struct buffer out = BUFFER_INIT;
	bool has_result = true;

	if (value->state == VALUE_UNKNOWN || value->state == VALUE_ABSENT) {
		*ret_value = *value;
		return 0;
	}
	switch (transformer) {
	case TRANSFORMER_TOLOWER:
	case TRANSFORMER_TOUPPER:
		for (size_t i = 0; i < t.length; i++) {
			uint8_t byte = (uint8_t)t.bytes[i];
			uint8_t first = transformer == TRANSFORMER_TOUPPER ? 'a' : 'A';

			buffer_append_byte(&out, byte >= first && byte < first + 26 ? byte ^ 0x20 : byte);
		}
		break;
	case TRANSFORMER_B64:
		has_result = decode_base64(t, &out);
		if (type_kind((enum value_type)value->type) == KIND_STRING) {
			size_t end = text_find_byte(buffer_text(&out), '\0');

			if (end != SIZE_MAX)
				out.length = end;
		}
		break;
	default: { /* TRANSFORMER_BASENAME */
		size_t slash = text_find_last_byte(t, '/');

		buffer_append_text(&out, slash == SIZE_MAX ? t : text_slice(t, slash + 1, SIZE_MAX));
		break;
	}
	}
	if (!has_result) {
		buffer_release(&out);
		/* If the prediction fails there may be a result. */
		*ret_value = value->state == VALUE_PREDICTED ? value_unknown() : value_absent();
		return 0;
	}
	if (keep_text(scratch, &out, (enum value_type)value->type, ret_value) != 0)
		return -ENOMEM;
	ret_value->state = value->state;
	return 0;
}

/* ---- lists ---- */

static int new_list(struct arena *scratch, const struct value *elements, uint32_t count, enum value_type type,
		    struct value *ret_value)
{
	struct value *copy = arena_allocate_array(scratch, (size_t)count + 1, sizeof *copy);

	if (!copy)
		return -ENOMEM;
	if (count > 0)
		memcpy(copy, elements, count * sizeof *copy);
	*ret_value = (struct value){.state = VALUE_PRESENT, .type = (uint8_t)type, .is_list = true, .length = count, .elements = copy};
	return 0;
}

static int map_list(struct arena *scratch, int transformer, const struct value *list, struct value *ret_value)
{
	struct value *mapped = arena_allocate_array(scratch, (size_t)list->length + 1, sizeof *mapped);
	uint8_t state = list->state;

	if (!mapped)
		return -ENOMEM;
	for (uint32_t i = 0; i < list->length; i++) {
		if (map_one(scratch, transformer, &list->elements[i], &mapped[i]) != 0)
			return -ENOMEM;
		if (mapped[i].state == VALUE_ABSENT) {
			*ret_value = value_absent();
			return 0;
		}
	}
	*ret_value = *list;
	ret_value->elements = mapped;
	ret_value->state = state;
	return 0;
}

/* The state of something that needs all of the value. */
static uint8_t whole_state(const struct value *value)
{
	uint8_t state = value->state;

	for (uint32_t i = 0; value->is_list && (state == VALUE_PRESENT || state == VALUE_PREDICTED) && i < value->length; i++)
		if (value->elements[i].state != VALUE_PRESENT)
			state = value->elements[i].state;
	return state;
}

/* ---- getopt ---- */

struct option_list_builder {
	struct value elements[1024];
	uint32_t count;
	char selector;
	struct value selected;
};

static void add_option(struct option_list_builder *builder, struct text letter, bool has_argument, struct text argument)
{
	struct value as_value = value_of_text(TYPE_CHARBUF, letter);
	struct value argument_value = value_of_text(TYPE_CHARBUF, argument);

	if (builder->selector) {
		if (letter.bytes[0] == builder->selector)
			builder->selected = has_argument ? argument_value : as_value;
		return;
	}
	if (builder->count + 2 > sizeof builder->elements / sizeof builder->elements[0])
		return;
	builder->elements[builder->count++] = as_value;
	if (has_argument)
		builder->elements[builder->count++] = argument_value;
}

static void read_options(const struct value *list, struct text letters, struct option_list_builder *builder)
{
	for (uint32_t i = 0; i < list->length; i++) {
		struct text element = value_text(&list->elements[i]);

		if (!text_starts_with(element, TEXT("-")) || element.length == 1 || text_is(element, "--"))
			return;
		if (text_starts_with(element, TEXT("--")))
			continue;
		for (size_t at = 1; at < element.length; at++) {
			struct text letter = text_slice(element, at, 1);
			size_t position = text_find_byte(letters, letter.bytes[0]);
			struct text rest = text_slice(element, at + 1, SIZE_MAX);

			if (letter.bytes[0] == ':' || position == SIZE_MAX) {
				add_option(builder, TEXT("?"), false, TEXT_EMPTY);
				continue;
			}
			if (!text_starts_with(text_slice(letters, position + 1, 1), TEXT(":"))) {
				add_option(builder, letter, false, TEXT_EMPTY);
				continue;
			}
			if (rest.length == 0 && i + 1 < list->length)
				rest = value_text(&list->elements[++i]);
			add_option(builder, letter, true, rest);
			break;
		}
	}
}

static int apply_getopt(struct arena *scratch, const struct expression *expression, const struct value *list,
			const struct value *letters, struct value *ret_value)
{
	struct option_list_builder *builder = arena_allocate(scratch, sizeof *builder);

	if (!builder)
		return -ENOMEM;
	if (expression->has_argument)
		builder->selector = expression->argument.bytes[0];
	builder->selected = value_absent();
	read_options(list, value_text(letters), builder);
	if (!expression->has_argument)
		return new_list(scratch, builder->elements, builder->count, TYPE_CHARBUF, ret_value);
	*ret_value = builder->selected;
	return 0;
}

/* ---- expressions ---- */

static int apply_whole(struct arena *scratch, const struct expression *expression, const struct value *inputs,
		       struct value *ret_value)
{
	struct buffer out = BUFFER_INIT;

	switch (expression->transformer) {
	case TRANSFORMER_JOIN:
		for (uint32_t i = 0; i < inputs[1].length; i++) {
			if (i > 0)
				buffer_append_text(&out, value_text(&inputs[0]));
			append_value(&out, &inputs[1].elements[i]);
		}
		return keep_text(scratch, &out, TYPE_CHARBUF, ret_value);
	case TRANSFORMER_CONCAT:
		for (uint32_t i = 0; i < expression->child_count; i++)
			append_value(&out, &inputs[i]);
		return keep_text(scratch, &out, TYPE_CHARBUF, ret_value);
	default:
		return apply_getopt(scratch, expression, &inputs[0], &inputs[1], ret_value);
	}
}

static int apply_transformer(struct arena *scratch, const struct expression *expression, const struct value *inputs,
			     struct value *ret_value)
{
	bool is_predicted = false, is_unknown = false;
	int status;

	if (expression->transformer == TRANSFORMER_LEN) {
		*ret_value = inputs[0];
		if (inputs[0].state == VALUE_PRESENT || inputs[0].state == VALUE_PREDICTED) {
			*ret_value = value_of_number(TYPE_UINT64, inputs[0].length);
			ret_value->state = inputs[0].state;
		}
		return 0;
	}
	if (expression->transformer == TRANSFORMER_TOLOWER || expression->transformer == TRANSFORMER_TOUPPER ||
	    expression->transformer == TRANSFORMER_B64 || expression->transformer == TRANSFORMER_BASENAME)
		return inputs[0].is_list ? map_list(scratch, expression->transformer, &inputs[0], ret_value)
					 : map_one(scratch, expression->transformer, &inputs[0], ret_value);
	for (uint32_t i = 0; i < expression->child_count; i++) {
		uint8_t state = whole_state(&inputs[i]);

		if (state == VALUE_ABSENT) {
			*ret_value = value_absent();
			return 0;
		}
		is_unknown |= state == VALUE_UNKNOWN;
		is_predicted |= state == VALUE_PREDICTED;
	}
	if (is_unknown) {
		*ret_value = value_unknown();
		return 0;
	}
	status = apply_whole(scratch, expression, inputs, ret_value);
	if (status == 0 && is_predicted)
		ret_value->state = ret_value->state == VALUE_ABSENT ? VALUE_UNKNOWN : VALUE_PREDICTED;
	return status;
}

/* Elements become texts; one that is absent makes the list absent. */
static int make_list(struct arena *scratch, const struct value *inputs, uint32_t count, struct value *ret_value)
{
	struct value *elements = arena_allocate_array(scratch, (size_t)count + 1, sizeof *elements);

	if (!elements)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		struct buffer out = BUFFER_INIT;

		elements[i] = inputs[i];
		if (inputs[i].state == VALUE_ABSENT) {
			*ret_value = value_absent();
			return 0;
		}
		if (inputs[i].state == VALUE_UNKNOWN)
			continue;
		append_value(&out, &inputs[i]);
		if (keep_text(scratch, &out, TYPE_CHARBUF, &elements[i]) != 0)
			return -ENOMEM;
		elements[i].state = inputs[i].state;
	}
	return new_list(scratch, elements, count, TYPE_CHARBUF, ret_value);
}

int evaluate_expression(struct arena *scratch, const struct expression *expression, struct value_source *source, bool each,
			struct value *ret_value)
{
	struct field_request request;
	struct value *inputs;

	switch (expression->kind) {
	case EXPRESSION_FIELD:
		request = request_of_field(expression, each);
		source->get(source, UINT32_MAX, &request, ret_value);
		return 0;
	case EXPRESSION_CONSTANT:
		*ret_value = value_of_text(TYPE_CHARBUF, expression->name);
		return 0;
	case EXPRESSION_LIST:
	case EXPRESSION_TRANSFORMER:
		break;
	}
	inputs = arena_allocate_array(scratch, (size_t)expression->child_count + 1, sizeof *inputs);
	if (!inputs)
		return -ENOMEM;
	for (uint32_t i = 0; i < expression->child_count; i++)
		if (evaluate_expression(scratch, expression->children[i], source, false, &inputs[i]) != 0)
			return -ENOMEM;
	if (expression->kind == EXPRESSION_LIST)
		return make_list(scratch, inputs, expression->child_count, ret_value);
	return apply_transformer(scratch, expression, inputs, ret_value);
}
