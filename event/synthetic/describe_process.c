/* Processes: what is said of them, what follows from it, and their place in the process list. */
#include <inttypes.h>
#include <string.h>

#include "event/synthetic/synthetic_internal.h"

#define NAME_BYTES_MAX 15 /* TASK_COMM_LEN without the NUL */
#define INIT_PID 1
#define FIRST_DESCRIPTOR 3
#define FD_LIMIT_DEFAULT 1024
#define DEFAULT_NAME TEXT("program")

static struct process_model *find_process(const struct synthetic_reader *reader, int64_t tid)
{
	return tid < 0 ? NULL : number_table_get(reader->processes, (uint64_t)tid);
}

static struct process_model *new_process(struct synthetic_reader *reader)
{
	struct process_model *process = arena_allocate(reader->arena, sizeof *process);

	if (!process)
		return NULL;
	process->numbers = arena_allocate(reader->arena, sizeof *process->numbers);
	if (!process->numbers)
		return NULL;
	process->entry = PROCESS_ENTRY_INIT;
	process->container_id = TEXT_EMPTY;
	process->numbers->next = FIRST_DESCRIPTOR;
	process->numbers->last = -1;
	return process;
}

static bool keep_process(struct synthetic_reader *reader, struct process_model *process)
{
	return number_table_set(reader->processes, (uint64_t)process->entry.tid, process) == 0;
}

bool add_process(struct synthetic_reader *reader, const struct process_entry *entry)
{
	struct step *step = synthetic_add_step(reader, STEP_PROCESS);

	if (step)
		step->process = *entry;
	return step;
}

bool add_child_model(struct synthetic_reader *reader, const struct process_model *parent, int64_t tid, bool is_thread)
{
	struct process_model *child;
	struct descriptor_numbers *numbers;

	if (find_process(reader, tid))
		return true;
	child = new_process(reader);
	if (!child)
		return false;
	numbers = child->numbers;
	*child = *parent;
	child->entry.tid = tid;
	if (is_thread) {
		child->entry.flags |= CLONE_FLAG_THREAD | CLONE_FLAG_FILES;
	} else {
		child->entry.pid = tid;
		child->entry.ptid = parent->entry.tid;
		child->numbers = numbers;
		*numbers = *parent->numbers;
	}
	if (tid >= reader->next_pid)
		reader->next_pid = tid + 1;
	return keep_process(reader, child);
}

/* ---- the program ---- */

static struct text last_part(struct text path)
{
	size_t slash = text_find_last_byte(path, '/');

	return slash == SIZE_MAX ? path : text_slice(path, slash + 1, SIZE_MAX);
}

static bool read_arguments(struct synthetic_reader *reader, struct process_object *object, struct process_entry *entry)
{
	struct text words;

	if (HAS_KEY(object, PROCESS_KEY_ARGS) && !read_strings(reader, object->args, &entry->arguments))
		return false;
	if (!HAS_KEY(object, PROCESS_KEY_CMDLINE))
		return true;
	words = split_at_blanks(reader->arena, object->cmdline);
	if (!words.bytes)
		return false;
	if (!HAS_KEY(object, PROCESS_KEY_EXE) && words.length > 0) {
		object->exe = text_from_string(words.bytes);
		object->given |= UINT64_C(1) << PROCESS_KEY_EXE;
	}
	if (!HAS_KEY(object, PROCESS_KEY_ARGS) && words.length > 0)
		entry->arguments = text_slice(words, strlen(words.bytes) + 1, SIZE_MAX);
	return true;
}

static bool describe_program(struct synthetic_reader *reader, const struct yaml_node *node,
			     struct process_object *object, struct process_entry *entry)
{
	if (!read_arguments(reader, object, entry))
		return false;
	if (HAS_KEY(object, PROCESS_KEY_NAME) && object->name.length > NAME_BYTES_MAX) {
		report_error(&reader->report, range_of_key(node, "name"),
			     "the kernel cuts names to %d bytes: '" TEXT_FORMAT "'", NAME_BYTES_MAX,
			     TEXT_ARGUMENTS(text_slice(object->name, 0, NAME_BYTES_MAX)));
		return false;
	}
	if (HAS_KEY(object, PROCESS_KEY_NAME))
		entry->comm = object->name;
	else if (HAS_KEY(object, PROCESS_KEY_EXEPATH))
		entry->comm = text_slice(last_part(object->exepath), 0, NAME_BYTES_MAX);
	else if (HAS_KEY(object, PROCESS_KEY_EXE))
		entry->comm = text_slice(last_part(object->exe), 0, NAME_BYTES_MAX);
	else
		entry->comm = DEFAULT_NAME;
	if (HAS_KEY(object, PROCESS_KEY_EXE))
		entry->exe = object->exe;
	else
		entry->exe = HAS_KEY(object, PROCESS_KEY_EXEPATH) ? object->exepath : entry->comm;
	if (HAS_KEY(object, PROCESS_KEY_EXEPATH))
		entry->exepath = object->exepath;
	else if (path_is_absolute(entry->exe))
		entry->exepath = entry->exe;
	else
		entry->exepath = arena_format(reader->arena, "/usr/bin/" TEXT_FORMAT, TEXT_ARGUMENTS(entry->comm));
	entry->exe_is_writable = object->is_exe_writable;
	entry->exe_is_upper_layer = object->is_exe_upper_layer;
	entry->exe_is_lower_layer = object->is_exe_lower_layer;
	entry->exe_is_from_memfd = object->is_exe_from_memfd;
	entry->exe_inode = object->exe_ino;
	return entry->exepath.bytes && (!object->env || read_strings(reader, object->env, &entry->environment));
}

/* ---- parent ---- */

static bool describe_parent(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t time_ns,
			    struct process_model **ret_parent)
{
	bool is_new;

	*ret_parent = NULL;
	if (node->kind == YAML_KIND_NULL)
		return true;
	if (!describe_process(reader, node, time_ns, false, ret_parent, &is_new))
		return false;
	return !is_new || add_process(reader, &(*ret_parent)->entry);
}

/* The process that everything on a machine comes from. */
static bool find_init(struct synthetic_reader *reader, struct process_model **ret_process)
{
	struct process_model *init = find_process(reader, INIT_PID);

	if (!init) {
		init = new_process(reader);
		if (!init)
			return false;
		init->entry.tid = init->entry.pid = init->entry.vtid = init->entry.vpid = INIT_PID;
		init->entry.sid = init->entry.pgid = INIT_PID;
		init->entry.ptid = init->entry.vpgid = 0;
		init->entry.comm = TEXT("systemd");
		init->entry.exe = init->entry.exepath = TEXT("/usr/lib/systemd/systemd");
		init->entry.cwd = init->entry.root = TEXT("/");
		init->entry.cgroups = cgroups_of_host();
		init->entry.fd_limit = FD_LIMIT_DEFAULT;
		init->entry.cap_permitted = init->entry.cap_effective = UINT64_C(0x1ffffffffff);
		if (!keep_process(reader, init) || !add_process(reader, &init->entry))
			return false;
	}
	*ret_process = init;
	return true;
}

/* A list of ancestors, parent first: the last one is described first, as the others hang on it. */
static bool describe_ancestors(struct synthetic_reader *reader, const struct yaml_node *item, uint64_t time_ns,
			       unsigned depth, struct process_model **ret_parent)
{
	struct process_model *parent = NULL;
	struct yaml_node named;
	bool is_new;

	if (!item) {
		*ret_parent = NULL;
		return true;
	}
	if (depth > YAML_TREE_DEPTH_MAX) {
		report_error(&reader->report, item->range, "more than %u ancestors", YAML_TREE_DEPTH_MAX);
		return false;
	}
	if (!describe_ancestors(reader, item->next, time_ns, depth + 1, &parent))
		return false;
	named = *item;
	if (!describe_process(reader, &named, time_ns, false, ret_parent, &is_new))
		return false;
	if (!is_new)
		return true;
	if (parent)
		(*ret_parent)->entry.ptid = parent->entry.tid;
	return add_process(reader, &(*ret_parent)->entry);
}

static bool choose_parent(struct synthetic_reader *reader, const struct yaml_node *node,
			  const struct process_object *object, uint64_t time_ns, bool is_in_container,
			  struct process_model **ret_parent)
{
	int ways = HAS_KEY(object, PROCESS_KEY_PARENT) + HAS_KEY(object, PROCESS_KEY_ANCESTORS) +
		   HAS_KEY(object, PROCESS_KEY_PPID);

	*ret_parent = NULL;
	if (ways > 1) {
		report_error(&reader->report, node->range, "only one of 'parent', 'ancestors' and 'ppid' can be given");
		return false;
	}
	if (HAS_KEY(object, PROCESS_KEY_PARENT))
		return describe_parent(reader, object->parent, time_ns, ret_parent);
	if (HAS_KEY(object, PROCESS_KEY_PPID)) {
		*ret_parent = find_process(reader, object->ppid);
		return true;
	}
	if (HAS_KEY(object, PROCESS_KEY_ANCESTORS)) {
		if (object->ancestors->kind == YAML_KIND_SEQUENCE)
			return describe_ancestors(reader, object->ancestors->first, time_ns, 0, ret_parent);
		report_error(&reader->report, object->ancestors->range, "a list of processes is wanted here");
		return false;
	}
	return is_in_container || find_init(reader, ret_parent);
}

/* ---- credentials ---- */

static bool read_capabilities(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t *ret_mask)
{
	size_t count;

	flag_table_rows(FLAG_TABLE_capabilities, &count);
	*ret_mask = 0;
	if (node->kind == YAML_KIND_SCALAR && text_is(node->text, "all")) {
		*ret_mask = (UINT64_C(1) << count) - 1;
		return true;
	}
	if (node->kind == YAML_KIND_SCALAR && text_is(node->text, "none"))
		return true;
	return read_flags(reader, node, FLAG_TABLE_capabilities, UINT64_MAX, ret_mask);
}

static bool describe_credentials(struct synthetic_reader *reader, const struct process_object *object,
				 struct process_model *process)
{
	struct process_entry *entry = &process->entry;
	size_t count;

	entry->uid = entry->gid = 0;
	if (object->user && !describe_user(reader, object->user, process->container_id, &entry->uid, &entry->gid))
		return false;
	if (object->group && !describe_group(reader, object->group, process->container_id, &entry->gid))
		return false;
	if (HAS_KEY(object, PROCESS_KEY_LOGINUID))
		entry->loginuid = object->loginuid;
	flag_table_rows(FLAG_TABLE_capabilities, &count);
	entry->cap_effective = entry->uid == 0 ? (UINT64_C(1) << count) - 1 : 0;
	if (object->cap_effective && !read_capabilities(reader, object->cap_effective, &entry->cap_effective))
		return false;
	entry->cap_permitted = entry->cap_effective;
	if (object->cap_permitted && !read_capabilities(reader, object->cap_permitted, &entry->cap_permitted))
		return false;
	return !object->cap_inheritable || read_capabilities(reader, object->cap_inheritable, &entry->cap_inheritable);
}

/* ---- ids, container, times ---- */

static void describe_ids(struct synthetic_reader *reader, const struct process_object *object,
			 const struct process_model *parent, struct process_entry *entry)
{
	entry->pid = HAS_KEY(object, PROCESS_KEY_PID) ? object->pid : reader->next_pid;
	entry->tid = HAS_KEY(object, PROCESS_KEY_TID) ? object->tid : entry->pid;
	entry->vpid = HAS_KEY(object, PROCESS_KEY_VPID) ? object->vpid : entry->pid;
	entry->vtid = entry->tid == entry->pid ? entry->vpid : entry->tid;
	if (HAS_KEY(object, PROCESS_KEY_VTID))
		entry->vtid = object->vtid;
	entry->ptid = parent ? parent->entry.tid : 0;
	if (HAS_KEY(object, PROCESS_KEY_PPID))
		entry->ptid = object->ppid;
	entry->sid = parent ? parent->entry.sid : entry->pid;
	if (HAS_KEY(object, PROCESS_KEY_SID))
		entry->sid = object->sid;
	entry->pgid = HAS_KEY(object, PROCESS_KEY_PGID) ? object->pgid : entry->pid;
	entry->vpgid = HAS_KEY(object, PROCESS_KEY_VPGID) ? object->vpgid : entry->vpid;
	entry->tty = object->tty;
	entry->fd_limit = HAS_KEY(object, PROCESS_KEY_FDLIMIT) ? object->fdlimit : FD_LIMIT_DEFAULT;
	if (entry->pid >= reader->next_pid)
		reader->next_pid = entry->pid + 1;
	if (entry->tid >= reader->next_pid)
		reader->next_pid = entry->tid + 1;
	if (entry->vpid != entry->pid)
		entry->flags |= CLONE_FLAG_CHILD_IN_PIDNS;
}

static bool describe_times(struct synthetic_reader *reader, const struct process_object *object, uint64_t time_ns,
			   struct process_entry *entry)
{
	uint64_t duration;

	if (object->exe_ctime && !read_time(reader, object->exe_ctime, time_ns, &entry->exe_ctime_ns))
		return false;
	if (object->exe_mtime && !read_time(reader, object->exe_mtime, time_ns, &entry->exe_mtime_ns))
		return false;
	if (!object->duration)
		return true;
	if (!read_duration(reader, object->duration, &duration))
		return false;
	if (duration >= time_ns) {
		report_error(&reader->report, object->duration->range, "the process would have begun before 1970");
		return false;
	}
	entry->clone_time_ns = time_ns - duration;
	return true;
}

/* The leader of a thread that is none itself. */
static bool add_leader(struct synthetic_reader *reader, const struct process_model *thread)
{
	struct process_model *leader;

	if (thread->entry.tid == thread->entry.pid || find_process(reader, thread->entry.pid))
		return true;
	leader = new_process(reader);
	if (!leader)
		return false;
	*leader = *thread;
	leader->entry.tid = leader->entry.pid;
	leader->entry.vtid = leader->entry.vpid;
	leader->entry.flags &= ~(uint32_t)(CLONE_FLAG_THREAD | CLONE_FLAG_FILES);
	return keep_process(reader, leader) && add_process(reader, &leader->entry);
}

static bool describe_new(struct synthetic_reader *reader, const struct yaml_node *node, struct process_object *object,
			 uint64_t time_ns, struct process_model *process)
{
	struct process_entry *entry = &process->entry;
	struct text container_id = TEXT_EMPTY, cgroups = cgroups_of_host();
	struct process_model *parent;

	if (object->container && !describe_container(reader, object->container, &container_id, &cgroups))
		return false;
	if (!choose_parent(reader, node, object, time_ns, container_id.length > 0, &parent))
		return false;
	process->container_id = object->container || !parent ? container_id : parent->container_id;
	entry->cgroups = object->container || !parent ? cgroups : parent->entry.cgroups;
	if (object->cgroups && !read_strings(reader, object->cgroups, &entry->cgroups))
		return false;
	describe_ids(reader, object, parent, entry);
	if (entry->pid < 1 || entry->tid < 1) {
		report_error(&reader->report, node->range, "ids of processes and threads begin with 1");
		return false;
	}
	entry->cwd = HAS_KEY(object, PROCESS_KEY_CWD) ? object->cwd : TEXT("/");
	entry->root = HAS_KEY(object, PROCESS_KEY_ROOT) ? object->root : TEXT("/");
	if (entry->tid != entry->pid)
		entry->flags |= CLONE_FLAG_THREAD | CLONE_FLAG_FILES;
	process->listed = object->fds;
	if (!describe_program(reader, node, object, entry) || !describe_credentials(reader, object, process) ||
	    !describe_times(reader, object, time_ns, entry) || !add_leader(reader, process))
		return false;
	return keep_process(reader, process);
}

/* ---- a process that is known already ---- */

/* What execve does not change. */
static const uint8_t fixed_keys[] = {
    PROCESS_KEY_PARENT, PROCESS_KEY_ANCESTORS, PROCESS_KEY_PPID,      PROCESS_KEY_CWD,     PROCESS_KEY_ROOT,
    PROCESS_KEY_VPID,   PROCESS_KEY_VTID,      PROCESS_KEY_SID,       PROCESS_KEY_FDLIMIT, PROCESS_KEY_DURATION,
    PROCESS_KEY_FDS,    PROCESS_KEY_CGROUPS,   PROCESS_KEY_CONTAINER,
};

/* The keys that are given are what it becomes; the source takes the rest from the state when the event comes. */
static bool describe_execve(struct synthetic_reader *reader, const struct yaml_node *node,
			    struct process_object *object, uint64_t time_ns, const struct process_model *known,
			    struct process_model **ret_process)
{
	struct process_model *process = new_process(reader);

	if (!process)
		return false;
	for (size_t i = 0; i < sizeof fixed_keys; i++) {
		if (!HAS_KEY(object, fixed_keys[i]))
			continue;
		report_error(&reader->report, node->range,
			     "process %" PRId64 " is known already: execve changes its program and credentials only",
			     known->entry.pid);
		return false;
	}
	*process = *known;
	process->given = object->given;
	process->entry.arguments = process->entry.environment = TEXT_EMPTY;
	process->entry.tty = object->tty;
	process->entry.pgid = object->pgid;
	process->entry.vpgid = object->vpgid;
	if (!describe_program(reader, node, object, &process->entry) ||
	    !describe_credentials(reader, object, process) || !describe_times(reader, object, time_ns, &process->entry))
		return false;
	*ret_process = process;
	return keep_process(reader, process);
}

bool describe_process(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t time_ns, bool is_execve,
		      struct process_model **ret_process, bool *ret_is_new)
{
	const uint64_t identity = UINT64_C(1) << PROCESS_KEY_PID | UINT64_C(1) << PROCESS_KEY_TID;
	struct process_object object = {0};
	struct process_model *known = NULL;

	*ret_is_new = false;
	if (node && node->kind == YAML_KIND_SCALAR) {
		object.name = node->text;
		object.given = UINT64_C(1) << PROCESS_KEY_NAME;
	} else if (node && !read_object(reader, node, OBJECT_PROCESS, &object)) {
		return false;
	}
	if (HAS_KEY(&object, PROCESS_KEY_TID))
		known = find_process(reader, object.tid);
	else if (HAS_KEY(&object, PROCESS_KEY_PID))
		known = find_process(reader, object.pid);
	if (known && is_execve && (object.given & ~identity) != 0)
		return describe_execve(reader, node, &object, time_ns, known, ret_process);
	if (known && (object.given & ~identity) != 0) {
		report_error(&reader->report, node->range, "process %" PRId64 " is known already", known->entry.pid);
		report_hint(&reader->report, "give its pid alone, or take another pid");
		return false;
	}
	if (known) {
		known->given = 0;
		*ret_process = known;
		return true;
	}
	*ret_process = new_process(reader);
	*ret_is_new = true;
	if (!*ret_process)
		return false;
	(*ret_process)->given = ~UINT64_C(0);
	return describe_new(reader, node, &object, time_ns, *ret_process);
}
