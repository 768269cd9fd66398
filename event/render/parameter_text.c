#include "event/render/parameter_text.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "event/render/value_text.h"
#include "event/state/state.h"

/* ---- what is there ---- */

bool parameter_view_of(struct event *event, unsigned index, struct parameter_view *ret_view)
{
	const struct event_parameter *parameter = event_parameter(event, index);
	const struct event_parameter_info *info = event_parameter_info(event->type, index);
	const struct flag_info *variants;
	struct parameter_view view;
	size_t count;

	if (!info || (parameter->state != PARAMETER_PRESENT && parameter->state != PARAMETER_PREDICTED))
		return false;
	view = (struct parameter_view){
		.info = info, .bytes = parameter->bytes, .length = parameter->length, .type = info->type, .format = info->format};

	if (view.type == TYPE_DYN && view.length > 0 && info->flag_table >= 0) {
		variants = flag_table_rows((enum flag_table)info->flag_table, &count);
		for (size_t i = 0; i < count; i++) {
			if (variants[i].value != view.bytes[0])
				continue;
			view.type = variants[i].type;
			view.format = variants[i].format;
			view.bytes++;
			view.length--;
			break;
		}
	}
	*ret_view = view;
	return true;
}

bool parameter_view_number(const struct parameter_view *view, uint64_t *ret_number)
{
	enum value_kind kind = type_kind((enum value_type)view->type);
	unsigned size = type_size_bytes((enum value_type)view->type);
	bool is_signed = kind == KIND_SIGNED;

	if ((kind != KIND_SIGNED && kind != KIND_UNSIGNED && kind != KIND_BOOLEAN) || view->length != size)
		return false;
	switch (size) {
	case 1:
		*ret_number = is_signed ? (uint64_t)(int8_t)view->bytes[0] : view->bytes[0];
		return true;
	case 2:
		*ret_number = is_signed ? (uint64_t)(int16_t)load_u16(view->bytes) : load_u16(view->bytes);
		return true;
	case 4:
		*ret_number = is_signed ? (uint64_t)(int32_t)load_u32(view->bytes) : load_u32(view->bytes);
		return true;
	case 8:
		*ret_number = load_u64(view->bytes);
		return true;
	default:
		return false;
	}
}

static struct text view_text(const struct parameter_view *view)
{
	return text_of((const char *)view->bytes, strnlen((const char *)view->bytes, view->length));
}

/* ---- raw ---- */

/* Unsigned types print as signed ones of their width, too. */
static int64_t as_signed(const struct parameter_view *view, uint64_t number)
{
	switch (view->length) {
	case 1:
		return (int8_t)number;
	case 2:
		return (int16_t)number;
	case 4:
		return (int32_t)number;
	default:
		return (int64_t)number;
	}
}

static uint64_t as_bits(const struct parameter_view *view, uint64_t number)
{
	return view->length < 8 ? number & ((UINT64_C(1) << (8 * view->length)) - 1) : number;
}

static void append_octal(struct buffer *out, uint64_t bits)
{
	buffer_printf(out, bits == 0 ? "%llo" : "0%llo", (unsigned long long)bits);
}

static void append_plain_number(struct buffer *out, const struct parameter_view *view, uint64_t number)
{
	switch (view->format) {
	case FORMAT_HEXADECIMAL:
		buffer_printf(out, "%llX", (unsigned long long)as_bits(view, number));
		break;
	case FORMAT_OCTAL:
		append_octal(out, as_bits(view, number));
		break;
	default:
		buffer_append_signed(out, as_signed(view, number));
	}
}

static void append_number(const struct parameter_renderer *renderer, const struct parameter_view *view, uint64_t number,
			  struct buffer *out)
{
	char text[TIME_TEXT_MAX_BYTES];

	switch (view->type) {
	case TYPE_FD:
	case TYPE_FD32:
	case TYPE_PID:
	case TYPE_PID32:
	case TYPE_ERRNO:
		buffer_append_signed(out, (int64_t)number);
		break;
	case TYPE_FLAGS8:
	case TYPE_FLAGS16:
	case TYPE_FLAGS32:
	case TYPE_ENUMFLAGS8:
	case TYPE_ENUMFLAGS16:
	case TYPE_ENUMFLAGS32:
	case TYPE_SIGTYPE:
	case TYPE_SYSCALLID:
		buffer_append_decimal(out, number);
		break;
	case TYPE_MODE:
		append_octal(out, number);
		break;
	case TYPE_UID:
	case TYPE_GID:
		if (number == THREAD_ID_NONE)
			buffer_append_string(out, "-1");
		else
			buffer_append_decimal(out, number);
		break;
	case TYPE_SIGSET:
		for (unsigned bit = 0, printed = 0; bit < 32; bit++) {
			const char *name = signal_name(bit + 1);

			if (!name || (number >> bit & 1) == 0)
				continue;
			if (printed++ > 0)
				buffer_append_byte(out, ' ');
			buffer_append_string(out, name);
		}
		break;
	case TYPE_RELTIME:
		if (number == UINT64_MAX)
			buffer_append_string(out, "none");
		else
			buffer_append_decimal(out, number);
		break;
	case TYPE_ABSTIME:
		buffer_append(out, text, time_text(renderer->times, number, TIME_DATE, text));
		break;
	default:
		append_plain_number(out, view, number);
	}
}

static void append_descriptor_list(const struct parameter_renderer *renderer, const struct parameter_view *view,
				   struct buffer *out)
{
	const struct descriptor *descriptor;
	uint32_t position = 0, printed = 0;
	int64_t number;
	int16_t events;

	while (descriptor_list_next(view->bytes, view->length, &position, &number, &events)) {
		descriptor = renderer->event->thread ? thread_descriptor(renderer->event->thread, number) : NULL;
		if (printed++ > 0)
			buffer_append_byte(out, ' ');
		buffer_append_decimal(out, (uint64_t)number);
		buffer_append_byte(out, ':');
		buffer_append_byte(out,
				   descriptor ? (uint8_t)descriptor_letter((enum descriptor_kind)descriptor->kind) : '?');
		buffer_printf(out, "%x", (unsigned)(uint16_t)events);
	}
}

static void append_address(struct buffer *out, const struct parameter_view *view)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(view->type == TYPE_IPV4ADDR ? AF_INET : AF_INET6, view->bytes, text, sizeof text))
		buffer_append_string(out, text);
}

static void append_empty(struct buffer *out, const struct parameter_view *view)
{
	switch (view->info->type) {
	case TYPE_BYTEBUF:
	case TYPE_SOCKTUPLE:
	case TYPE_FDLIST:
	case TYPE_DYN:
	case TYPE_CHARBUFARRAY:
	case TYPE_CHARBUF_PAIR_ARRAY:
		buffer_append_string(out, "NULL");
		break;
	default:
		buffer_append_string(out, "<NA>");
	}
}

bool parameter_raw_text_append(const struct parameter_renderer *renderer, unsigned index, struct buffer *out)
{
	char text[SOCKET_TEXT_BYTES_MAX];
	struct socket_address address;
	struct parameter_view view;
	struct socket_tuple tuple;
	uint64_t number;

	if (!parameter_view_of(renderer->event, index, &view))
		return false;
	if (parameter_view_number(&view, &number)) {
		append_number(renderer, &view, number, out);
		return true;
	}

	if (view.length == 0) {
		append_empty(out, &view);
		return true;
	}
	switch (view.type) {
	case TYPE_CHARBUF:
	case TYPE_FSPATH:
	case TYPE_FSRELPATH:
		buffer_append_text(out, view_text(&view));
		break;
	case TYPE_BYTEBUF:
		printable_text_append(out, view.bytes, view.length);
		break;
	case TYPE_SOCKADDR:
		if (socket_address_decode(view.bytes, view.length, &address))
			buffer_append_text(out, socket_address_text(&address, text));
		else
			append_empty(out, &view);
		break;
	case TYPE_SOCKTUPLE:
		if (socket_tuple_decode(view.bytes, view.length, &tuple))
			buffer_append_text(out, socket_tuple_text(&tuple, text));
		else
			append_empty(out, &view);
		break;
	case TYPE_FDLIST:
		append_descriptor_list(renderer, &view, out);
		break;
	case TYPE_IPV4ADDR:
	case TYPE_IPV6ADDR:
		if (view.length == type_size_bytes((enum value_type)view.type))
			append_address(out, &view);
		else
			append_empty(out, &view);
		break;
	default: /* a number of another size, a variant that nobody knows */
		append_empty(out, &view);
	}
	return true;
}

/* ---- resolved ---- */

void flag_names_append(struct buffer *out, int flag_table, uint64_t value, bool bits)
{
	const struct flag_info *rows;
	uint64_t left = value;
	size_t count, printed = 0;

	if (flag_table < 0)
		return;
	rows = flag_table_rows((enum flag_table)flag_table, &count);
	for (size_t i = 0; i < count; i++) {
		bool is_whole = rows[i].value == value;

		if (!is_whole && (!bits || rows[i].value == 0 || (left & rows[i].value) != rows[i].value))
			continue;
		if (printed++ > 0)
			buffer_append_byte(out, '|');
		buffer_append_string(out, rows[i].name);
		left &= ~rows[i].value;
		if (bits && is_whole)
			break;
	}
}

/* t, u, i or r for a socket whose protocol can be told: not without a role, except listening and raw ones. */
static char protocol_letter(const struct descriptor *descriptor)
{
	if (!descriptor_is_ip(descriptor) && !descriptor_is_listening(descriptor))
		return 0;
	if (descriptor->protocol == PROTOCOL_RAW)
		return 'r';
	if (descriptor->role == ROLE_NONE && !descriptor_is_listening(descriptor))
		return 0;
	switch (descriptor->protocol) {
	case PROTOCOL_TCP:
		return 't';
	case PROTOCOL_UDP:
		return 'u';
	case PROTOCOL_ICMP:
		return 'i';
	default:
		return 0;
	}
}

static void resolve_descriptor(const struct parameter_renderer *renderer, int64_t number, struct buffer *out)
{
	const struct descriptor *descriptor;
	const char *name;
	char letter;

	if (!renderer->event->thread)
		return;
	if (number >= 0) {
		descriptor = thread_descriptor(renderer->event->thread, number);
		if (!descriptor)
			return;
		buffer_append_byte(out, '<');
		buffer_append_byte(out, (uint8_t)descriptor_letter((enum descriptor_kind)descriptor->kind));
		letter = protocol_letter(descriptor);
		if (letter)
			buffer_append_byte(out, (uint8_t)letter);
		buffer_append_byte(out, '>');
		buffer_append_text(out, descriptor_name(descriptor));
	} else if (number == PATH_AT_FDCWD) {
		buffer_append_string(out, "AT_FDCWD");
	} else if (number > INT64_MIN) {
		name = errno_name(-number);
		if (name)
			buffer_append_string(out, name);
	}
}

static void resolve_path(const struct parameter_renderer *renderer, const struct parameter_view *view, struct buffer *out)
{
	const struct thread *thread = renderer->event->thread;
	struct text path = view_text(view);
	enum path_base base = PATH_BASE_CWD;
	char joined[PATH_BYTES_MAX];
	int64_t dirfd = PATH_AT_FDCWD;

	if (!thread || path.length == 0 || path_is_absolute(path) || text_is(path, "<NA>"))
		return;
	if (view->type == TYPE_FSRELPATH && view->info->directory_parameter >= 0) {
		base = PATH_BASE_DIRFD_OR_NOTHING;
		dirfd = event_parameter_signed(renderer->event, (unsigned)view->info->directory_parameter, PATH_AT_FDCWD);
	}
	buffer_append_text(out, state_resolve_path(thread, base, dirfd, path, joined));
}

/* What has an entry without a name is as unknown as what has none. */
static void append_name(struct buffer *out, struct text name)
{
	buffer_append_text(out, name.length > 0 ? name : TEXT("<NA>"));
}

static void resolve_number(const struct parameter_renderer *renderer, const struct parameter_view *view, uint64_t number,
			   struct buffer *out)
{
	const struct thread *own = renderer->event->thread, *thread;
	const struct syscall_info *call;
	const struct group *group;
	const struct user *user;
	const char *name = NULL;

	switch (view->type) {
	case TYPE_FD:
	case TYPE_FD32:
		resolve_descriptor(renderer, (int64_t)number, out);
		break;
	case TYPE_PID:
	case TYPE_PID32:
		thread = thread_find(renderer->state->threads, (int64_t)number);
		if (thread)
			buffer_append_text(out, thread_comm(thread));
		break;
	case TYPE_ERRNO:
		if ((int64_t)number < 0 && (int64_t)number > INT64_MIN)
			name = errno_name(-(int64_t)number);
		break;
	case TYPE_FLAGS8:
	case TYPE_FLAGS16:
	case TYPE_FLAGS32:
	case TYPE_MODE:
		flag_names_append(out, view->info->flag_table, number, true);
		break;
	case TYPE_ENUMFLAGS8:
	case TYPE_ENUMFLAGS16:
	case TYPE_ENUMFLAGS32:
		flag_names_append(out, view->info->flag_table, number, false);
		break;
	case TYPE_UID:
		user = own ? state_user(renderer->state, own, (uint32_t)number) : NULL;
		if (number == THREAD_ID_NONE)
			name = "<NONE>";
		else
			append_name(out, user ? shared_text_get(user->name) : TEXT(""));
		break;
	case TYPE_GID:
		group = own ? state_group(renderer->state, own, (uint32_t)number) : NULL;
		if (number == THREAD_ID_NONE)
			name = "<NONE>";
		else
			append_name(out, group ? shared_text_get(group->name) : TEXT(""));
		break;
	case TYPE_SIGTYPE:
		name = signal_name((unsigned)number);
		break;
	case TYPE_SYSCALLID:
		call = syscall_by_code((unsigned)number);
		name = call ? call->name : NULL;
		break;
	case TYPE_RELTIME:
		if (number != UINT64_MAX)
			buffer_printf(out, "%gs", (double)number / (double)NS_PER_S);
		break;
	default:
		break;
	}
	if (name)
		buffer_append_string(out, name);
}

bool parameter_resolved_text_append(const struct parameter_renderer *renderer, unsigned index, struct buffer *out)
{
	size_t start = out->length;
	struct parameter_view view;
	uint64_t number;

	if (!parameter_view_of(renderer->event, index, &view) || view.length == 0)
		return false;
	if (parameter_view_number(&view, &number))
		resolve_number(renderer, &view, number, out);
	else if (view.type == TYPE_FSPATH || view.type == TYPE_FSRELPATH)
		resolve_path(renderer, &view, out);
	return out->length > start;
}

bool parameter_text_append(const struct parameter_renderer *renderer, unsigned index, struct buffer *out)
{
	return parameter_resolved_text_append(renderer, index, out) || parameter_raw_text_append(renderer, index, out);
}

void parameter_list_text_append(const struct parameter_renderer *renderer, struct buffer *out)
{
	unsigned type = renderer->event->type;
	unsigned count = renderer->event->parameter_count;

	if (type == EVENT_GENERIC_E || type == EVENT_GENERIC_X)
		return;
	for (unsigned i = 0; i < count && event_parameter_info(type, i); i++) {
		if (i > 0)
			buffer_append_byte(out, ' ');
		buffer_append_string(out, event_parameter_info(type, i)->name);
		buffer_append_byte(out, '=');
		parameter_raw_text_append(renderer, i, out);
		buffer_append_byte(out, '(');
		if (parameter_resolved_text_append(renderer, i, out))
			buffer_append_byte(out, ')');
		else if (!out->failed)
			out->length--;
	}
}
