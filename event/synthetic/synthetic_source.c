#include "event/synthetic/synthetic_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/synthetic/synthetic_internal.h"

/* Whatever the file claims. */
#define ARENA_BYTES_MAX ((size_t)512 << 20)

struct synthetic_source {
	struct event_source source;
	struct arena *arena; /* with the steps */
	const struct step *next_step;
	bool has_started;
	/* What parameters are made of that the state tells. */
	struct arena *event_arena;
	const char *error;
};

/* ---- reading ---- */

struct step *synthetic_add_step(struct synthetic_reader *reader, enum step_kind kind)
{
	struct step *step = arena_allocate(reader->arena, sizeof *step);

	if (!step)
		return NULL;
	step->kind = kind;
	*reader->step_end = step;
	reader->step_end = &step->next;
	return step;
}

static bool describe_documents(struct synthetic_reader *reader, const struct yaml_node *documents)
{
	for (const struct yaml_node *document = documents->first; document; document = document->next) {
		if (document->kind == YAML_KIND_NULL)
			continue;
		if (document->kind != YAML_KIND_SEQUENCE) {
			report_error(&reader->report, document->range, "a list of events is wanted here");
			continue;
		}
		for (const struct yaml_node *item = document->first; item; item = item->next) {
			unsigned errors = reader->report.error_count;

			if (!describe_event(reader, item) && reader->report.error_count == errors)
				return false;
		}
	}
	return true;
}

static int read_events(struct synthetic_reader *reader)
{
	const struct yaml_node *documents;
	int error = yaml_tree_parse(reader->arena, reader->file, &reader->report, &documents);

	if (error)
		return error;
	if (!describe_root(reader, TEXT_EMPTY) || !describe_documents(reader, documents))
		return -ENOMEM;
	return reader->report.error_count > 0 ? -EINVAL : 0;
}

static void end_report(struct report *report, struct buffer *out)
{
	if (report->error_count > REPORT_ERRORS_MAX)
		buffer_printf(&report->text, "... and %u errors more\n", report->error_count - REPORT_ERRORS_MAX);
	buffer_append_text(out, buffer_text(&report->text));
	buffer_release(&report->text);
}

/* Steps live in `arena`, with the file. */
static int read_file(struct arena *arena, const struct source_file *file, struct buffer *report,
		     const struct step **ret_steps)
{
	struct synthetic_reader reader = {
	    .arena = arena,
	    .file = file,
	    .processes = number_table_new(0),
	    .users = hash_table_new(0),
	    .groups = hash_table_new(0),
	    .containers = hash_table_new(0),
	    .next_pid = 1000,
	    .next_uid = 1000,
	};
	int error = -ENOMEM;

	reader.step_end = &reader.first_step;
	if (reader.processes && reader.users && reader.groups && reader.containers)
		error = read_events(&reader);
	if (error == -EINVAL)
		end_report(&reader.report, report);
	buffer_release(&reader.report.text);
	number_table_free(reader.processes);
	hash_table_free(reader.users);
	hash_table_free(reader.groups);
	hash_table_free(reader.containers);
	*ret_steps = reader.first_step;
	return error;
}

/* ---- parameters that the state tells ---- */

/* Which key says what the parameter is; any of two for the program's own. */
static bool is_said(const struct process_model *program, unsigned key)
{
	return program && (program->given >> key & 1) != 0;
}

static bool program_is_said(const struct process_model *program)
{
	return is_said(program, PROCESS_KEY_NAME) || is_said(program, PROCESS_KEY_EXE) ||
	       is_said(program, PROCESS_KEY_EXEPATH) || is_said(program, PROCESS_KEY_CMDLINE) ||
	       is_said(program, PROCESS_KEY_ARGS);
}

/* What the event tells of its thread: as the state has it, but for what the file says that execve makes of it. */
static struct process_entry entry_of_event(const struct thread *thread, const struct process_model *program)
{
	struct process_entry entry = PROCESS_ENTRY_INIT;

	if (thread) {
		entry = thread_process_entry(thread);
		entry.environment = thread_environment(thread);
	} else if (program) {
		return program->entry; /* the child's event of clone: the state does not know it yet */
	}
	if (program_is_said(program)) {
		entry.comm = program->entry.comm;
		entry.exe = program->entry.exe;
		entry.exepath = program->entry.exepath;
		entry.arguments = program->entry.arguments;
		entry.environment = program->entry.environment;
		entry.exe_is_writable = program->entry.exe_is_writable;
		entry.exe_is_upper_layer = program->entry.exe_is_upper_layer;
		entry.exe_is_lower_layer = program->entry.exe_is_lower_layer;
		entry.exe_is_from_memfd = program->entry.exe_is_from_memfd;
		entry.exe_inode = program->entry.exe_inode;
		entry.exe_ctime_ns = program->entry.exe_ctime_ns;
		entry.exe_mtime_ns = program->entry.exe_mtime_ns;
	}
	if (is_said(program, PROCESS_KEY_USER))
		entry.uid = program->entry.uid;
	if (is_said(program, PROCESS_KEY_USER) || is_said(program, PROCESS_KEY_GROUP))
		entry.gid = program->entry.gid;
	if (is_said(program, PROCESS_KEY_LOGINUID))
		entry.loginuid = program->entry.loginuid;
	if (is_said(program, PROCESS_KEY_TTY))
		entry.tty = program->entry.tty;
	if (is_said(program, PROCESS_KEY_PGID))
		entry.pgid = program->entry.pgid;
	if (is_said(program, PROCESS_KEY_VPGID))
		entry.vpgid = program->entry.vpgid;
	if (is_said(program, PROCESS_KEY_USER) || is_said(program, PROCESS_KEY_CAPABILITIES) ||
	    is_said(program, PROCESS_KEY_CAP_PERMITTED) || is_said(program, PROCESS_KEY_CAP_INHERITABLE)) {
		entry.cap_inheritable = program->entry.cap_inheritable;
		entry.cap_permitted = program->entry.cap_permitted;
		entry.cap_effective = program->entry.cap_effective;
	}
	return entry;
}

/* Parameters of execve and clone by their names; what is not here is zero or empty. */
static bool encode_of_thread(struct arena *arena, const struct process_entry *entry,
			     const struct event_parameter_info *info, struct text *ret_bytes)
{
	const struct {
		const char *name;
		struct text text;
	} texts[] = {{"exe", entry->exe}, {"comm", entry->comm}, {"trusted_exepath", entry->exepath}},
	  bytes[] = {{"args", entry->arguments}, {"env", entry->environment}, {"cgroups", entry->cgroups}};
	const struct {
		const char *name;
		uint64_t number;
	} numbers[] = {
	    {"tid", (uint64_t)entry->tid},
	    {"pid", (uint64_t)entry->pid},
	    {"ptid", (uint64_t)entry->ptid},
	    {"vtid", (uint64_t)entry->vtid},
	    {"vpid", (uint64_t)entry->vpid},
	    {"vpgid", (uint64_t)entry->vpgid},
	    {"pgid", (uint64_t)entry->pgid},
	    {"fdlimit", (uint64_t)entry->fd_limit},
	    {"uid", entry->uid},
	    {"gid", entry->gid},
	    {"loginuid", entry->loginuid},
	    {"tty", entry->tty},
	    {"flags", process_entry_execve_flags(entry)},
	    {"cap_inheritable", entry->cap_inheritable},
	    {"cap_permitted", entry->cap_permitted},
	    {"cap_effective", entry->cap_effective},
	    {"exe_ino", entry->exe_inode},
	    {"exe_ino_ctime", entry->exe_ctime_ns},
	    {"exe_ino_mtime", entry->exe_mtime_ns},
	};
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(info->name, texts[i].name) == 0)
			return encode_string(arena, texts[i].text, ret_bytes);
	for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
		if (strcmp(info->name, bytes[i].name) == 0) {
			*ret_bytes = arena_copy_text(arena, bytes[i].text);
			return ret_bytes->bytes;
		}
	}
	if (type_size_bytes((enum value_type)info->type) == 0)
		return encode_string(arena, TEXT_EMPTY, ret_bytes); /* cwd, filename */
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (strcmp(info->name, numbers[i].name) == 0)
			number = numbers[i].number;
	return encode_number(arena, (enum value_type)info->type, number, ret_bytes);
}

/* ---- events ---- */

static bool fill_event(struct synthetic_source *source, struct state *state, const struct event_step *step,
		       struct event *event)
{
	unsigned count = event_parameter_count(step->type);
	struct process_entry entry;
	bool has_entry = false;

	*event = (struct event){.number = step->number,
				.timestamp_ns = step->time_ns,
				.thread_id = step->thread_id,
				.type = step->type,
				.cpu = step->cpu,
				.stage = STAGE_EXIT,
				.is_hidden = step->is_hidden,
				.starts_section = !source->has_started,
				.parameter_count = (uint8_t)count};
	arena_reset(source->event_arena);
	for (unsigned i = 0; i < count; i++) {
		struct text bytes = step->parameters[i];

		if (!bytes.bytes && bytes.length > 0) {
			if (!has_entry)
				entry = entry_of_event(thread_find(state->threads, step->thread_id), step->program);
			has_entry = true;
			if (!encode_of_thread(source->event_arena, &entry, event_parameter_info(step->type, i), &bytes))
				return false;
		}
		event->parameters[i] = (struct event_parameter){.bytes = (const uint8_t *)bytes.bytes,
								.length = (uint32_t)bytes.length,
								.state = PARAMETER_PRESENT};
	}
	source->has_started = true;
	return true;
}

static int take_step(struct state *state, const struct step *step)
{
	const struct container *container;

	switch (step->kind) {
	case STEP_PROCESS:
		return state_add_process(state, &step->process);
	case STEP_DESCRIPTOR:
		return state_add_descriptor(state, step->descriptor.thread_id, &step->descriptor.entry);
	case STEP_USER:
		return user_table_add(state->users, step->user.container_id, step->user.uid, step->user.gid,
				      step->user.name, step->user.home, step->user.shell);
	case STEP_GROUP:
		return user_table_add_group(state->users, step->user.container_id, step->user.gid, step->user.name);
	case STEP_CONTAINER:
		return container_table_add_json(state->containers, step->container_json, &container);
	case STEP_EVENT:
		break;
	}
	return 0;
}

/* What the machine has: the addresses that count as its own. */
static int add_interfaces(struct state *state)
{
	static const struct {
		const char *address, *netmask;
	} interfaces[] = {{"127.0.0.1", "255.0.0.0"},
			  {"10.0.2.15", "255.255.255.0"},
			  {"::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
			  {"fd00::15", "ffff:ffff:ffff:ffff::"}};
	struct socket_end address, netmask;
	enum socket_family family;
	int error = 0;

	for (size_t i = 0; i < sizeof interfaces / sizeof interfaces[0] && !error; i++) {
		address_of_text(text_from_string(interfaces[i].address), &family, &address);
		address_of_text(text_from_string(interfaces[i].netmask), &family, &netmask);
		error = interface_list_add(&state->interfaces, family, address.address, netmask.address);
	}
	return error;
}

static int synthetic_next(struct event_source *base, struct state *state, struct event *ret_event)
{
	struct synthetic_source *source = (struct synthetic_source *)base;
	const struct step *step;
	int error = source->has_started ? 0 : add_interfaces(state);

	while (!error && (step = source->next_step) != NULL) {
		source->next_step = step->next;
		if (step->kind == STEP_EVENT) {
			if (fill_event(source, state, &step->event, ret_event))
				return 1;
			error = -ENOMEM;
		} else {
			error = take_step(state, step);
		}
	}
	if (error)
		source->error =
		    error == -ENOSPC ? "more processes, descriptors or users than the state holds" : strerror(-error);
	return error;
}

static const char *synthetic_error(const struct event_source *base)
{
	const struct synthetic_source *source = (const struct synthetic_source *)base;

	return source->error ? source->error : "no error";
}

static struct event_source *synthetic_free(struct event_source *base)
{
	struct synthetic_source *source = (struct synthetic_source *)base;

	if (!source)
		return NULL;
	arena_free(source->arena);
	arena_free(source->event_arena);
	free(source);
	return NULL;
}

static struct synthetic_source *new_source(void)
{
	struct synthetic_source *source = calloc(1, sizeof *source);

	if (!source)
		return NULL;
	source->source = (struct event_source){synthetic_next, synthetic_error, synthetic_free};
	source->arena = arena_new(ARENA_BYTES_MAX);
	source->event_arena = arena_new(0);
	if (!source->arena || !source->event_arena)
		return (struct synthetic_source *)synthetic_free(&source->source);
	return source;
}

/* `error`: of making `file`. */
static int finish(struct synthetic_source *source, int error, const struct source_file *file, struct buffer *report,
		  struct event_source **ret_source)
{
	if (!error)
		error = read_file(source->arena, file, report, &source->next_step);
	if (error)
		synthetic_free(&source->source);
	else
		*ret_source = &source->source;
	return error;
}

int synthetic_source_open(const char *path, struct buffer *report, struct event_source **ret_source)
{
	struct synthetic_source *source = new_source();
	const struct source_file *file;
	int error;

	if (!source)
		return -ENOMEM;
	error = source_file_load(source->arena, path, &file);
	return finish(source, error, error ? NULL : file, report, ret_source);
}

int synthetic_source_of_text(struct text name, struct text yaml, struct buffer *report,
			     struct event_source **ret_source)
{
	struct synthetic_source *source = new_source();
	const struct source_file *file;
	int error;

	if (!source)
		return -ENOMEM;
	error = source_file_new(source->arena, name, yaml, &file);
	return finish(source, error, error ? NULL : file, report, ret_source);
}
