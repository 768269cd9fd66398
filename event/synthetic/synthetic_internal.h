/*
 * What the files of event/synthetic share: the reader of a file of synthetic events, what its keys describe, and the steps
 * that come of it. Everything lives in the reader's arena. Functions that return bool return false after a report, or
 * when there is no memory, which the arena remembers.
 */
#ifndef TERCEL_EVENT_SYNTHETIC_INTERNAL_H
#define TERCEL_EVENT_SYNTHETIC_INTERNAL_H

#include "base/hash_table.h"
#include "event/state/state.h"
#include "event/synthetic/yaml_tree.h"

/* ---- what the file says: objects with a member for each row of keys.def ---- */

enum object_kind { OBJECT_EVENT, OBJECT_PROCESS, OBJECT_DESCRIPTOR, OBJECT_CONTAINER, OBJECT_USER, OBJECT_KIND_COUNT };

struct event_object {
	uint64_t given; /* 1 << enum ..._key: the key is there */
	struct text type;
	const struct yaml_node *process, *descriptor, *arguments, *result, *time;
	uint32_t cpu;
};

struct process_object {
	uint64_t given;
	struct text name, exe, exepath, cmdline, cwd, root;
	const struct yaml_node *args, *env, *parent, *ancestors, *user, *group, *cap_effective, *cap_permitted,
		*cap_inheritable, *exe_ctime, *exe_mtime, *duration, *cgroups, *container, *fds;
	int64_t pid, tid, ppid, vpid, vtid, sid, pgid, vpgid, fdlimit;
	uint32_t tty, loginuid;
	uint64_t exe_ino;
	bool is_exe_writable, is_exe_upper_layer, is_exe_lower_layer, is_exe_from_memfd;
};

struct descriptor_object {
	uint64_t given;
	int64_t number;
	struct text name, type, cip, sip, l4proto, role;
	const struct yaml_node *flags;
	uint32_t cport, sport, device;
	uint64_t inode;
};

struct container_object {
	uint64_t given;
	struct text id, full_id, name, type, image, image_id, image_repository, image_tag, image_digest, ip;
	bool is_privileged, has_host_pid, has_host_network, has_host_ipc;
	const struct yaml_node *labels, *mounts;
};

struct user_object {
	uint64_t given;
	struct text name, home, shell;
	uint32_t uid, gid;
};

/* EVENT_KEY_TYPE ... PROCESS_KEY_NAME ...: an enum for each object. */
#define IGNORE_KEY(constant, key, form, member, meaning)
#define EVENT_KEY(constant, key, form, member, meaning) EVENT_KEY_##constant,
#define PROCESS_KEY IGNORE_KEY
#define DESCRIPTOR_KEY IGNORE_KEY
#define CONTAINER_KEY IGNORE_KEY
#define USER_KEY IGNORE_KEY
enum event_key {
#include "event/synthetic/keys.def"
};
#undef EVENT_KEY
#undef PROCESS_KEY
#define EVENT_KEY IGNORE_KEY
#define PROCESS_KEY(constant, key, form, member, meaning) PROCESS_KEY_##constant,
enum process_key {
#include "event/synthetic/keys.def"
};
#undef PROCESS_KEY
#undef DESCRIPTOR_KEY
#define PROCESS_KEY IGNORE_KEY
#define DESCRIPTOR_KEY(constant, key, form, member, meaning) DESCRIPTOR_KEY_##constant,
enum descriptor_key {
#include "event/synthetic/keys.def"
};
#undef DESCRIPTOR_KEY
#undef CONTAINER_KEY
#define DESCRIPTOR_KEY IGNORE_KEY
#define CONTAINER_KEY(constant, key, form, member, meaning) CONTAINER_KEY_##constant,
enum container_key {
#include "event/synthetic/keys.def"
};
#undef CONTAINER_KEY
#undef USER_KEY
#define CONTAINER_KEY IGNORE_KEY
#define USER_KEY(constant, key, form, member, meaning) USER_KEY_##constant,
enum user_key {
#include "event/synthetic/keys.def"
};
#undef EVENT_KEY
#undef PROCESS_KEY
#undef DESCRIPTOR_KEY
#undef CONTAINER_KEY
#undef USER_KEY

#define HAS_KEY(object, key) (((object)->given >> (key) & 1) != 0)

/* ---- what comes of it: steps in their order ---- */

/* Of the open descriptors of a process; its threads have the same. */
struct descriptor_numbers {
	int64_t next; /* of a descriptor that has none yet */
	int64_t last; /* the one that was made or used last; -1: none */
};

/* A process as rules shall see it at the event that described it. */
struct process_model {
	struct process_entry entry;
	struct text container_id; /* empty: host */
	uint64_t given;		  /* keys that described it last */
	const struct yaml_node *listed; /* its key fds; NULL: none */
	struct descriptor_numbers *numbers;
};

/* What a process is given at execve and clone: filled by the source, when the event comes. */
#define PARAMETER_OF_THREAD ((struct text){NULL, 1})

struct event_step {
	uint64_t number, time_ns;
	int64_t thread_id;
	uint16_t type, cpu;
	bool is_hidden;
	struct text *parameters; /* as many as the event has; or PARAMETER_OF_THREAD */
	const struct process_model *program; /* execve: what it becomes, and which keys say so */
};

enum step_kind { STEP_EVENT, STEP_PROCESS, STEP_DESCRIPTOR, STEP_USER, STEP_GROUP, STEP_CONTAINER };

struct step {
	enum step_kind kind;
	struct step *next;
	union {
		struct event_step event;
		struct process_entry process;
		struct {
			int64_t thread_id;
			struct descriptor_entry entry;
		} descriptor;
		struct {
			struct text container_id, name, home, shell;
			uint32_t uid, gid; /* STEP_GROUP: gid and name */
		} user;
		struct text container_json;
	};
};

struct synthetic_reader {
	struct arena *arena;
	const struct source_file *file;
	struct report report;
	struct step *first_step, **step_end;
	struct number_table *processes; /* struct process_model by thread id */
	struct hash_table *users;	/* struct user_model by container id, ':' and name */
	struct hash_table *groups;
	struct hash_table *containers; /* struct container_model by id */
	int64_t next_pid;
	uint32_t next_uid;
	struct process_model *last_process; /* of the event before; NULL: none */
	uint64_t event_count, last_time_ns;
};

struct step *synthetic_add_step(struct synthetic_reader *reader, enum step_kind kind); /* NULL: no memory */

/* ---- read_values.c ---- */

/* "there is no X 'word'" with the nearest of the words that `next` gives, until it gives NULL, as a hint. */
typedef const char *word_at(size_t index, const void *context);
void report_unknown_word(struct synthetic_reader *reader, struct source_range range, const char *what, struct text word,
			 word_at *words, const void *context);

/* Fills the object of that kind from a mapping. */
bool read_object(struct synthetic_reader *reader, const struct yaml_node *node, enum object_kind kind, void *object);
/* Where the value of that key stands; the node itself when it has no such key. */
struct source_range range_of_key(const struct yaml_node *node, const char *name);

bool read_text(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_text);
/* Decimal, hexadecimal with 0x, octal with 0o. */
bool number_of_text(struct text text, bool *ret_is_negative, uint64_t *ret_magnitude);
bool read_signed(struct synthetic_reader *reader, const struct yaml_node *node, int64_t least, int64_t most,
		 int64_t *ret_number);
bool read_unsigned(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t most, uint64_t *ret_number);
bool read_boolean(struct synthetic_reader *reader, const struct yaml_node *node, bool *ret_boolean);
/* "10ms", "1.5s", "2h"; a number alone is nanoseconds. */
bool read_duration(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t *ret_ns);
/* A time stamp as the key `time` has it; "+5s" and "-5s" count from `from_ns`. */
bool read_time(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t from_ns, uint64_t *ret_ns);
/* A list of texts, or a text that is split at blanks; each followed by a NUL. A mapping gives "key=value". */
bool read_strings(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_strings);
struct text split_at_blanks(struct arena *arena, struct text text);

/* ---- encode_parameter.c ---- */

/* The value as the event's parameter has it, for a thread in that container. */
bool encode_parameter(struct synthetic_reader *reader, const struct yaml_node *node, unsigned event_type, unsigned index,
		      struct text container_id, struct text *ret_bytes);
/* A number, or the name of an error: "ENOENT" or "-ENOENT". */
bool read_return_value(struct synthetic_reader *reader, const struct yaml_node *node, int64_t *ret_result);
/* Zero, or an empty parameter. */
bool encode_default(struct synthetic_reader *reader, unsigned event_type, unsigned index, struct text *ret_bytes);
bool encode_number(struct arena *arena, enum value_type type, uint64_t number, struct text *ret_bytes);
bool encode_string(struct arena *arena, struct text string, struct text *ret_bytes); /* with its NUL */
/* Names joined by '|' or blanks, a list of names, or a number. */
bool read_flags(struct synthetic_reader *reader, const struct yaml_node *node, enum flag_table table, uint64_t most,
		uint64_t *ret_flags);
/* "10.0.0.1", "::1"; the family is told by the text. */
bool address_of_text(struct text text, enum socket_family *ret_family, struct socket_end *ret_end);
/* "10.0.0.1:80", "[::1]:80", "::1:80". */
bool endpoint_of_text(struct text text, enum socket_family *ret_family, struct socket_end *ret_end);
bool tuple_of_text(struct text text, struct socket_tuple *ret_tuple); /* "a:p->b:p" */
bool encode_tuple(struct arena *arena, const struct socket_tuple *tuple, struct text *ret_bytes);
bool encode_address(struct arena *arena, const struct socket_address *address, struct text *ret_bytes);

/* ---- describe_*.c: from objects to models and steps ---- */

/* A scalar that names the container, or a mapping. *ret_id empty: the host. */
bool describe_container(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_id,
			struct text *ret_cgroups);
struct text cgroups_of_host(void);
/* A name, a number or a mapping. *ret_gid may be NULL. */
bool describe_user(struct synthetic_reader *reader, const struct yaml_node *node, struct text container_id,
		   uint32_t *ret_uid, uint32_t *ret_gid);
bool describe_group(struct synthetic_reader *reader, const struct yaml_node *node, struct text container_id,
		    uint32_t *ret_gid);
/* What every machine has: root. */
bool describe_root(struct synthetic_reader *reader, struct text container_id);

/*
 * The process that a mapping, a name or nothing (NULL) describes. *ret_is_new: it is not in the process list yet; the
 * caller puts it there (add_process) when its entry is as it shall be before the event.
 */
bool describe_process(struct synthetic_reader *reader, const struct yaml_node *node, uint64_t time_ns, bool is_execve,
		      struct process_model **ret_process, bool *ret_is_new);
bool add_process(struct synthetic_reader *reader, const struct process_entry *entry);
/* A process that comes to be by an event (clone): known by its id from now on. */
bool add_child_model(struct synthetic_reader *reader, const struct process_model *parent, int64_t tid, bool is_thread);

/* Kernel addresses of the ends of a unix socket, which print and mean nothing else. */
#define UNIX_SOURCE_POINTER UINT64_C(0xffff888100000000)
#define UNIX_DESTINATION_POINTER UINT64_C(0xffff888100000400)

/* What `fd` says, with its defaults. */
struct descriptor_model {
	struct descriptor_object object;
	bool is_described; /* there is more than a number */
	uint8_t list_type; /* enum descriptor_list_type */
	int domain;	   /* enum socket_family; 0: no socket */
	bool is_server;	   /* sockets: this process is */
	uint8_t protocol;  /* enum socket_protocol */
	uint32_t open_flags;
	struct socket_tuple tuple; /* ip: client, server */
};

/* `node` NULL: nothing is said. */
bool describe_descriptor(struct synthetic_reader *reader, const struct yaml_node *node, unsigned event_type,
			 struct descriptor_model *ret_descriptor);
/* Puts it among the open descriptors of the process: by the list, or by the calls that would have made it. */
bool add_descriptor(struct synthetic_reader *reader, struct process_model *process, unsigned event_type,
		    const struct descriptor_model *descriptor, int64_t number, uint64_t time_ns);

/* Arguments of socket(2). */
unsigned socket_type_of(const struct descriptor_model *descriptor);
unsigned ip_protocol_of(const struct descriptor_model *descriptor);

/* One element of the file: everything that it needs before it, and the event. */
bool describe_event(struct synthetic_reader *reader, const struct yaml_node *node);
/* An event with defaults for all parameters; NULL after a report or without memory. */
struct event_step *add_event(struct synthetic_reader *reader, unsigned type, uint64_t time_ns, int64_t thread_id);

#endif
