/* One element of the file: its keys, what follows from them, and the steps before the event. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "event/synthetic/synthetic_internal.h"

#define FIRST_TIME_NS (UINT64_C(1767225600) * NS_PER_S) /* 2026-01-01T00:00:00Z */
#define TIME_STEP_NS NS_PER_MS
#define NO_RESULT INT64_MIN

/* What is being put together. */
struct draft {
	struct synthetic_reader *reader;
	const struct yaml_node *node;
	struct event_object object;
	unsigned type;
	uint64_t time_ns;
	struct text parameters[EVENT_PARAMETERS_MAX];
	bool is_given[EVENT_PARAMETERS_MAX];
	struct process_model *process; /* NULL: the event has no thread */
	bool process_is_new;
	struct descriptor_model descriptor;
	int used_index;      /* parameter with the descriptor that it uses; -1: none */
	int64_t used_number; /* -1: none */
	int64_t result;      /* NO_RESULT: there is none */
};

static bool has_flag(const struct draft *draft, unsigned flag)
{
	return (event_info(draft->type)->flags & flag) != 0;
}

static bool is_execve(const struct draft *draft)
{
	return draft->type == EVENT_SYSCALL_EXECVE_19_X || draft->type == EVENT_SYSCALL_EXECVEAT_X;
}

static bool is_clone(const struct draft *draft)
{
	return draft->type == EVENT_SYSCALL_CLONE_20_X || draft->type == EVENT_SYSCALL_FORK_20_X ||
	       draft->type == EVENT_SYSCALL_VFORK_20_X || draft->type == EVENT_SYSCALL_CLONE3_X;
}

static bool is_open(const struct draft *draft)
{
	return draft->type == EVENT_SYSCALL_OPEN_X || draft->type == EVENT_SYSCALL_OPENAT_2_X ||
	       draft->type == EVENT_SYSCALL_OPENAT2_X || draft->type == EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X ||
	       draft->type == EVENT_SYSCALL_CREAT_X;
}

static int index_of(const struct draft *draft, const char *name)
{
	return event_parameter_index(draft->type, text_from_string(name));
}

static bool set_number(struct draft *draft, unsigned index, uint64_t number)
{
	return encode_number(draft->reader->arena, (enum value_type)event_parameter_info(draft->type, index)->type,
			     number, &draft->parameters[index]);
}

/* A number that `args` gave. */
static bool given_number(const struct draft *draft, const char *name, int64_t *ret_number)
{
	int index = index_of(draft, name);
	struct text bytes;

	if (index < 0 || !draft->is_given[index])
		return false;
	bytes = draft->parameters[index];
	switch (bytes.length) {
	case 8:
		*ret_number = (int64_t)load_u64(bytes.bytes);
		return true;
	case 4:
		*ret_number = load_u32(bytes.bytes);
		return true;
	case 2:
		*ret_number = load_u16(bytes.bytes);
		return true;
	case 1:
		*ret_number = (uint8_t)bytes.bytes[0];
		return true;
	default:
		return false;
	}
}

/* ---- which event ---- */

/* As events come today; of those made at entry and exit the latter. */
static int find_event(struct text name)
{
	int found = -1;

	for (int id = event_next_by_name(name, 0); id >= 0; id = event_next_by_name(name, (unsigned)id + 1)) {
		const struct event_info *info = event_info((unsigned)id);

		if (info->flags & (EVENT_FLAG_OLD_VERSION | EVENT_FLAG_UNUSED))
			continue;
		if (info->production == PRODUCED_LIVE || info->production == PRODUCED_COMPAT ||
		    info->production == PRODUCED_TRACEPOINT || info->production == PRODUCED_SYNTHETIC)
			found = id;
	}
	return found == EVENT_GENERIC_X ? -1 : found;
}

static const char *event_name_at(size_t index, const void *context)
{
	(void)context;
	if (index < EVENT_ID_COUNT)
		return event_info((unsigned)index)->name;
	return index - EVENT_ID_COUNT < syscall_count() ? syscall_at(index - EVENT_ID_COUNT)->event_name : NULL;
}

static bool find_type(struct draft *draft)
{
	struct text name = draft->object.type;
	int id;

	if (!HAS_KEY(&draft->object, EVENT_KEY_TYPE)) {
		report_error(&draft->reader->report, draft->node->range, "the event has no type");
		return false;
	}
	id = find_event(name);
	if (id < 0 && syscall_is_generic_name(name))
		id = EVENT_GENERIC_X;
	if (id < 0) {
		report_unknown_word(draft->reader, range_of_key(draft->node, "type"), "event", name, event_name_at,
				    NULL);
		return false;
	}
	draft->type = (unsigned)id;
	return true;
}

/* ---- parameters that are given ---- */

static const char *parameter_at(size_t index, const void *context)
{
	const struct event_parameter_info *info = event_parameter_info(*(const unsigned *)context, (unsigned)index);

	return info ? info->name : NULL;
}

static bool read_arguments(struct draft *draft)
{
	const struct yaml_node *arguments = draft->object.arguments;
	struct text container_id = draft->process ? draft->process->container_id : TEXT_EMPTY;
	bool is_fine = true;

	if (!arguments)
		return true;
	if (arguments->kind != YAML_KIND_MAPPING) {
		report_error(&draft->reader->report, arguments->range, "args is a mapping of parameters to values");
		return false;
	}
	for (const struct yaml_node *key = arguments->first; key; key = key->next) {
		int index = event_parameter_index(draft->type, key->text);

		if (index < 0) {
			char what[96];

			snprintf(what, sizeof what, "parameter of " TEXT_FORMAT, TEXT_ARGUMENTS(draft->object.type));
			report_unknown_word(draft->reader, key->range, what, key->text, parameter_at, &draft->type);
			is_fine = false;
			continue;
		}
		is_fine &= encode_parameter(draft->reader, key->value, draft->type, (unsigned)index, container_id,
					    &draft->parameters[index]);
		draft->is_given[index] = true;
	}
	return is_fine;
}

/* `res` is the first parameter by another name. */
static bool read_result(struct draft *draft)
{
	draft->result = NO_RESULT;
	if (!draft->object.result)
		return true;
	if (!event_has_result(draft->type)) {
		report_error(&draft->reader->report, draft->object.result->range,
			     "the event of " TEXT_FORMAT " has no result", TEXT_ARGUMENTS(draft->object.type));
		return false;
	}
	/* Failures have names, whatever a success would be. */
	if (type_kind((enum value_type)event_parameter_info(draft->type, 0)->type) == KIND_SIGNED) {
		if (!read_return_value(draft->reader, draft->object.result, &draft->result) ||
		    !set_number(draft, 0, (uint64_t)draft->result))
			return false;
	} else if (!encode_parameter(draft->reader, draft->object.result, draft->type, 0, TEXT_EMPTY,
				     &draft->parameters[0])) {
		return false;
	}
	draft->is_given[0] = true;
	return true;
}

/* ---- who makes it ---- */

static bool read_time_of_event(struct draft *draft)
{
	struct synthetic_reader *reader = draft->reader;

	draft->time_ns = reader->event_count == 0 ? FIRST_TIME_NS : reader->last_time_ns + TIME_STEP_NS;
	if (!draft->object.time)
		return true;
	return read_time(reader, draft->object.time, reader->event_count == 0 ? FIRST_TIME_NS : reader->last_time_ns,
			 &draft->time_ns);
}

static bool read_process(struct draft *draft)
{
	struct synthetic_reader *reader = draft->reader;
	bool has_failed = draft->result != NO_RESULT && draft->result < 0;

	if (event_info(draft->type)->event_class == EVENT_CLASS_METAEVENT) {
		const struct yaml_node *unwanted =
		    draft->object.process ? draft->object.process : draft->object.descriptor;

		if (!unwanted)
			return true;
		report_error(&reader->report, unwanted->range, TEXT_FORMAT " belongs to no process",
			     TEXT_ARGUMENTS(draft->object.type));
		return false;
	}
	if (!draft->object.process && reader->last_process) {
		draft->process = reader->last_process;
		draft->process->given = 0;
		return true;
	}
	return describe_process(reader, draft->object.process, draft->time_ns, is_execve(draft) && !has_failed,
				&draft->process, &draft->process_is_new);
}

/* Before it ran a new program it was a copy of its parent. */
static struct process_entry entry_before_execve(const struct draft *draft)
{
	struct process_entry entry = draft->process->entry;
	const struct process_model *parent =
	    entry.ptid > 0 ? number_table_get(draft->reader->processes, (uint64_t)entry.ptid) : NULL;

	if (!parent)
		return entry;
	entry.comm = parent->entry.comm;
	entry.exe = parent->entry.exe;
	entry.exepath = parent->entry.exepath;
	entry.arguments = parent->entry.arguments;
	entry.environment = parent->entry.environment;
	return entry;
}

static bool add_listed_descriptors(struct draft *draft)
{
	const struct yaml_node *list = draft->process->listed;

	if (!list)
		return true;
	if (list->kind != YAML_KIND_SEQUENCE) {
		report_error(&draft->reader->report, list->range, "a list of descriptors is wanted here");
		return false;
	}
	for (const struct yaml_node *item = list->first; item; item = item->next) {
		struct descriptor_model descriptor;

		if (!describe_descriptor(draft->reader, item, EVENT_GENERIC_X, &descriptor))
			return false;
		if (descriptor.object.number < 0) {
			report_error(&draft->reader->report, item->range, "a descriptor of the list needs its num");
			return false;
		}
		if (!add_descriptor(draft->reader, draft->process, EVENT_GENERIC_X, &descriptor,
				    descriptor.object.number, draft->time_ns))
			return false;
		if (descriptor.object.number >= draft->process->numbers->next)
			draft->process->numbers->next = descriptor.object.number + 1;
	}
	return true;
}

static bool add_process_of_event(struct draft *draft)
{
	struct process_entry entry;

	if (!draft->process || !draft->process_is_new)
		return true;
	/* The child's event of clone makes it itself. */
	if (is_clone(draft) && draft->result == 0)
		return true;
	entry = is_execve(draft) && (draft->result == NO_RESULT || draft->result >= 0) ? entry_before_execve(draft)
										       : draft->process->entry;
	return add_process(draft->reader, &entry) && add_listed_descriptors(draft);
}

/* ---- the descriptor ---- */

static int64_t take_number(struct process_model *process)
{
	return process->numbers->next++;
}

static bool makes_descriptor(const struct draft *draft)
{
	return has_flag(draft, EVENT_FLAG_CREATES_FD) && index_of(draft, "fd1") < 0;
}

static bool read_descriptor(struct draft *draft)
{
	struct synthetic_reader *reader = draft->reader;
	const struct yaml_node *node = draft->object.descriptor;
	bool is_used;

	draft->used_number = -1;
	draft->used_index = event_descriptor_parameter(draft->type);
	is_used = draft->used_index >= 0;
	if (node && !is_used && !has_flag(draft, EVENT_FLAG_CREATES_FD)) {
		report_error(&reader->report, node->range, TEXT_FORMAT " works on no descriptor",
			     TEXT_ARGUMENTS(draft->object.type));
		return false;
	}
	if (!describe_descriptor(reader, node, draft->type, &draft->descriptor))
		return false;
	if (!is_used)
		return true;
	if (given_number(draft, event_parameter_info(draft->type, (unsigned)draft->used_index)->name,
			 &draft->used_number))
		;
	else if (node && draft->descriptor.object.number >= 0)
		draft->used_number = draft->descriptor.object.number;
	else if (node)
		draft->used_number = take_number(draft->process);
	else if (draft->process->numbers->last >= 0 &&
		 !text_ends_with(text_from_string(event_parameter_info(draft->type, (unsigned)draft->used_index)->name),
				 TEXT("dirfd")))
		draft->used_number = draft->process->numbers->last;
	if (draft->used_number >= draft->process->numbers->next)
		draft->process->numbers->next = draft->used_number + 1;
	if (!draft->descriptor.is_described || draft->used_number < 0)
		return true;
	return add_descriptor(reader, draft->process, draft->type, &draft->descriptor, draft->used_number,
			      draft->time_ns);
}

/* ---- what follows ---- */

static struct text given_text(const struct draft *draft, const char *name)
{
	int index = index_of(draft, name);

	return index >= 0 && draft->is_given[index] ? draft->parameters[index] : TEXT_EMPTY;
}

#define FCNTL_DUPFD 1 /* flag table fcntl_commands */
#define FCNTL_DUPFD_CLOEXEC 26

static int64_t default_result(struct draft *draft)
{
	const struct event_parameter_info *info = event_parameter_info(draft->type, 0);
	enum event_category category = (enum event_category)event_info(draft->type)->category;
	int64_t number;

	if (is_clone(draft))
		return draft->reader->next_pid++;
	if (draft->type == EVENT_SYSCALL_SETSID_X)
		return draft->process->entry.pid;
	if (draft->type == EVENT_SYSCALL_DUP2_X || draft->type == EVENT_SYSCALL_DUP3_X)
		return given_number(draft, "newfd", &number) ? number : take_number(draft->process);
	if (draft->type == EVENT_SYSCALL_FCNTL_X)
		return given_number(draft, "cmd", &number) && (number == FCNTL_DUPFD || number == FCNTL_DUPFD_CLOEXEC)
			   ? take_number(draft->process)
			   : 0;
	if (makes_descriptor(draft)) {
		if (draft->used_index < 0 && draft->descriptor.object.number >= 0)
			return draft->descriptor.object.number;
		return take_number(draft->process);
	}
	if (category == CATEGORY_IO_READ || category == CATEGORY_IO_WRITE ||
	    index_of(draft, "data") >= 0) {
		if (given_number(draft, "size", &number))
			return number;
		return (int64_t)given_text(draft, "data").length;
	}
	return info->type == TYPE_UID && draft->process ? draft->process->entry.uid : 0;
}

static bool complete_result(struct draft *draft)
{
	if (!event_has_result(draft->type) || draft->is_given[0])
		return true;
	draft->result = default_result(draft);
	return set_number(draft, 0, (uint64_t)draft->result);
}

static bool has_peer(const struct draft *draft)
{
	return draft->result >= 0 || (draft->type == EVENT_SOCKET_CONNECT_X && draft->result == -EINPROGRESS);
}

/* The two ends as the event shows them: source is who sends, or who connects. */
static bool set_tuple(struct draft *draft, unsigned index)
{
	struct socket_tuple tuple = draft->descriptor.tuple;
	struct socket_address address;
	struct text given = given_text(draft, "addr");
	bool is_received = has_flag(draft, EVENT_FLAG_READS_FROM_FD);
	bool is_message = is_received || has_flag(draft, EVENT_FLAG_WRITES_TO_FD);

	if (!has_peer(draft))
		return true;
	if (draft->descriptor.domain == SOCKET_FAMILY_UNIX) {
		if (is_message)
			return true;
		tuple = (struct socket_tuple){.family = SOCKET_FAMILY_UNIX,
					      .path = draft->descriptor.object.name,
					      .source_pointer = UNIX_SOURCE_POINTER,
					      .destination_pointer = UNIX_DESTINATION_POINTER};
	} else if (draft->descriptor.domain != SOCKET_FAMILY_IPV4 && draft->descriptor.domain != SOCKET_FAMILY_IPV6) {
		return true;
	}
	/* Only addr was given: it is where the connection goes. */
	if (socket_address_decode((const uint8_t *)given.bytes, (uint32_t)given.length, &address) &&
	    address.family == tuple.family)
		tuple.destination = address.end;
	/* What a connected stream sends tells no addresses. */
	if (is_message && draft->descriptor.protocol == PROTOCOL_TCP)
		return true;
	if (is_message && is_received != draft->descriptor.is_server) {
		struct socket_end source = tuple.source;

		tuple.source = tuple.destination;
		tuple.destination = source;
	}
	return encode_tuple(draft->reader->arena, &tuple, &draft->parameters[index]);
}

static bool set_address(struct draft *draft, unsigned index)
{
	struct socket_address address = {.family = draft->descriptor.tuple.family,
					 .end = draft->descriptor.tuple.destination};

	if (draft->descriptor.domain == SOCKET_FAMILY_UNIX)
		address = (struct socket_address){.family = SOCKET_FAMILY_UNIX, .path = draft->descriptor.object.name};
	else if (address.family == 0)
		return true;
	return encode_address(draft->reader->arena, &address, &draft->parameters[index]);
}

static bool set_descriptor_parameter(struct draft *draft, unsigned index, const char *name)
{
	int64_t number = 0;

	if ((int)index == draft->used_index && draft->used_number >= 0)
		number = draft->used_number;
	else if (strstr(name, "dirfd") || strcmp(name, "olddir") == 0 || strcmp(name, "newdir") == 0)
		number = PATH_AT_FDCWD;
	else if (strcmp(name, "fd1") == 0 || strcmp(name, "fd2") == 0)
		number = draft->result >= 0 ? take_number(draft->process) : -1;
	else if (strcmp(name, "newfd") == 0)
		number = draft->result;
	else
		number = -1;
	return set_number(draft, index, (uint64_t)number);
}

/* The parameters of calls that open by a path or a name. */
static bool set_opened(struct draft *draft, unsigned index, const char *name, bool *ret_is_set)
{
	const struct descriptor_model *descriptor = &draft->descriptor;
	uint32_t flags = descriptor->open_flags;

	*ret_is_set = true;
	if ((strcmp(name, "name") == 0 || strcmp(name, "path") == 0) &&
	    HAS_KEY(&descriptor->object, DESCRIPTOR_KEY_NAME))
		return encode_string(draft->reader->arena, descriptor->object.name, &draft->parameters[index]);
	if (is_open(draft) && strcmp(name, "flags") == 0) {
		if (descriptor->list_type == LIST_TYPE_DIRECTORY)
			flags |= OPEN_DIRECTORY | OPEN_TEMPORARY;
		return set_number(draft, index, flags);
	}
	if (strcmp(name, "dev") == 0)
		return set_number(draft, index, descriptor->object.device);
	if (strcmp(name, "ino") == 0)
		return set_number(draft, index, descriptor->object.inode);
	*ret_is_set = false;
	return true;
}

static bool set_socket(struct draft *draft, unsigned index, const char *name, bool *ret_is_set)
{
	*ret_is_set = true;
	if (strcmp(name, "domain") == 0)
		return set_number(draft, index,
				  draft->type == EVENT_SOCKET_SOCKETPAIR_X ? SOCKET_FAMILY_UNIX
									   : (uint64_t)draft->descriptor.domain);
	if (strcmp(name, "type") == 0)
		return set_number(draft, index, socket_type_of(&draft->descriptor));
	if (strcmp(name, "proto") == 0)
		return set_number(draft, index,
				  draft->type == EVENT_SOCKET_SOCKETPAIR_X ? 0 : ip_protocol_of(&draft->descriptor));
	*ret_is_set = false;
	return true;
}

static bool complete_parameter(struct draft *draft, unsigned index)
{
	const struct event_parameter_info *info = event_parameter_info(draft->type, index);
	bool is_set = false, is_fine = true;

	if (is_execve(draft) || (is_clone(draft) && strcmp(info->name, "flags") != 0)) {
		draft->parameters[index] = PARAMETER_OF_THREAD;
		return true;
	}
	if (info->type == TYPE_FD)
		return set_descriptor_parameter(draft, index, info->name);
	if (has_flag(draft, EVENT_FLAG_CREATES_FD))
		is_fine = set_opened(draft, index, info->name, &is_set);
	if (is_fine && !is_set && (draft->type == EVENT_SOCKET_SOCKET_X || draft->type == EVENT_SOCKET_SOCKETPAIR_X))
		is_fine = set_socket(draft, index, info->name, &is_set);
	if (is_set || !is_fine)
		return is_fine;
	if (!encode_default(draft->reader, draft->type, index, &draft->parameters[index]))
		return false;
	if (info->type == TYPE_SOCKTUPLE)
		return set_tuple(draft, index);
	if (info->type == TYPE_SOCKADDR)
		return set_address(draft, index);
	if (strcmp(info->name, "size") == 0 && draft->result > 0 &&
	    type_kind((enum value_type)info->type) == KIND_UNSIGNED)
		return set_number(draft, index, (uint64_t)draft->result);
	return true;
}

/* The number by which a call without an event of its own is known. */
static bool set_generic(struct draft *draft)
{
	const struct syscall_info *call = syscall_by_name(draft->object.type);

	for (size_t row = 0; !call && row < syscall_count(); row++)
		if (text_is(draft->object.type, syscall_at(row)->event_name))
			call = syscall_at(row);
	if (!call)
		return true;
	return set_number(draft, PARAMETER_INDEX(GENERIC_X, ID), call->code) &&
	       set_number(draft, PARAMETER_INDEX(GENERIC_X, nativeID), (uint16_t)call->number_x86_64);
}

static bool complete_parameters(struct draft *draft)
{
	unsigned count = event_parameter_count(draft->type);

	if (draft->type == EVENT_GENERIC_X)
		return set_generic(draft);
	for (unsigned i = 0; i < count; i++)
		if (!draft->is_given[i] && !(i == 0 && event_has_result(draft->type)) && !complete_parameter(draft, i))
			return false;
	return true;
}

/* ---- the event ---- */

static void remember(struct draft *draft)
{
	struct process_model *process = draft->process;

	draft->reader->last_time_ns = draft->time_ns;
	if (!process)
		return;
	draft->reader->last_process = process;
	if (draft->type == EVENT_SYSCALL_CLOSE_X)
		process->numbers->last = -1;
	else if (makes_descriptor(draft) && draft->result >= 0)
		process->numbers->last = draft->result;
	else if (draft->used_number >= 0)
		process->numbers->last = draft->used_number;
	if (makes_descriptor(draft) && draft->result >= process->numbers->next)
		process->numbers->next = draft->result + 1;
}

static bool add_step_of_event(struct draft *draft)
{
	struct event_step *event;
	int64_t flags;

	draft->reader->event_count++;
	event = add_event(draft->reader, draft->type, draft->time_ns, draft->process ? draft->process->entry.tid : -1);
	if (!event)
		return false;
	event->cpu = (uint16_t)draft->object.cpu;
	if (event_parameter_count(draft->type) > 0)
		memcpy(event->parameters, draft->parameters,
		       event_parameter_count(draft->type) * sizeof *event->parameters);
	if (is_execve(draft) || (is_clone(draft) && draft->result == 0)) {
		struct process_model *program = arena_allocate(draft->reader->arena, sizeof *program);

		if (!program)
			return false;
		*program = *draft->process;
		event->program = program;
	}
	if (is_clone(draft) && draft->result > 0)
		return add_child_model(draft->reader, draft->process, draft->result,
				       given_number(draft, "flags", &flags) && (flags & CLONE_FLAG_THREAD));
	return true;
}

struct event_step *add_event(struct synthetic_reader *reader, unsigned type, uint64_t time_ns, int64_t thread_id)
{
	unsigned count = event_parameter_count(type);
	struct step *step = synthetic_add_step(reader, STEP_EVENT);

	if (!step)
		return NULL;
	step->event = (struct event_step){
	    .number = reader->event_count, .time_ns = time_ns, .thread_id = thread_id, .type = (uint16_t)type};
	step->event.parameters = arena_allocate_array(reader->arena, count + 1, sizeof *step->event.parameters);
	if (!step->event.parameters)
		return NULL;
	for (unsigned i = 0; i < count; i++)
		if (!encode_default(reader, type, i, &step->event.parameters[i]))
			return NULL;
	return &step->event;
}

bool describe_event(struct synthetic_reader *reader, const struct yaml_node *node)
{
	struct draft draft = {.reader = reader, .node = node, .used_index = -1, .used_number = -1, .result = NO_RESULT};
	bool is_fine;

	if (!read_object(reader, node, OBJECT_EVENT, &draft.object) || !find_type(&draft))
		return false;
	if (draft.object.cpu > INT16_MAX) {
		report_error(&reader->report, range_of_key(node, "cpu"), "there is no CPU %" PRIu32, draft.object.cpu);
		return false;
	}
	/* All mistakes at once, as far as they do not hang on each other. */
	is_fine = read_time_of_event(&draft);
	is_fine &= read_result(&draft);
	is_fine &= read_process(&draft);
	is_fine &= read_arguments(&draft);
	if (!is_fine || !add_process_of_event(&draft))
		return false;
	if (draft.process && !read_descriptor(&draft))
		return false;
	if (!complete_result(&draft) || !complete_parameters(&draft) || !add_step_of_event(&draft))
		return false;
	remember(&draft);
	return true;
}
