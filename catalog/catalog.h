/*
 * What the product knows about system calls, events and fields: one documented row per fact, in the *.def files beside
 * this one. Everything here is constant data; pointers that are handed out live as long as the program.
 *
 * Identifiers are those of the event schema 4.x of Falco's drivers (numbers of events are the ones in capture files).
 */
#ifndef TERCEL_CATALOG_CATALOG_H
#define TERCEL_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* ---- types ---- */

enum value_type {
#define TYPE(constant, kind, size_bytes) TYPE_##constant,
#include "catalog/types.def"
#undef TYPE
	TYPE_COUNT,
	TYPE_NONE = 255,
};

enum value_kind {
	KIND_SIGNED,
	KIND_UNSIGNED,
	KIND_REAL,
	KIND_BOOLEAN,
	KIND_STRING,
	KIND_BYTES,
	KIND_ADDRESS,
	KIND_NETWORK,
	KIND_OPAQUE,
};

enum value_format { FORMAT_NONE, FORMAT_DECIMAL, FORMAT_HEXADECIMAL, FORMAT_OCTAL, FORMAT_PADDED_DECIMAL, FORMAT_ID,
		    FORMAT_DIRECTION };

const char *type_name(enum value_type type); /* "CHARBUF" */
enum value_kind type_kind(enum value_type type);
unsigned type_size_bytes(enum value_type type); /* 0: variable */

/* ---- events ---- */

#define EVENT_ID_COUNT 454
#define EVENT_PARAMETERS_MAX 34

/*
 * Limits of parameters, in bytes. Drivers read strings, argument vectors and the like into pages of 4096, cut data at
 * the snap length, which is never above 65000, and lengths have 16 bits but in events flagged LARGE_PAYLOAD, where the
 * last limit is ours. Sources of events refuse what is longer.
 */
#define PARAMETER_STRING_BYTES_MAX 4096 /* without the NUL */
#define PARAMETER_SOCKET_BYTES_MAX 256  /* an address of the kernel has 128 */
#define PARAMETER_BYTES_MAX 65535
#define PARAMETER_LARGE_BYTES_MAX (1 << 20)

/* EVENT_GENERIC_E = 0, EVENT_GENERIC_X = 1, EVENT_SYSCALL_OPEN_E = 2 ... */
enum event_id {
#define EVENT(id, constant, name, direction, category, event_class, flags, production, rebinds, predicts) EVENT_##constant = id,
#define PARAMETER(event, name, type, format, meaning, source)
#include "catalog/events.def"
#undef EVENT
#undef PARAMETER
};

/* The position of a parameter inside its event: PARAMETER_INDEX(SYSCALL_OPENAT_2_X, dirfd). */
enum event_parameter_row {
#define EVENT(id, constant, name, direction, category, event_class, flags, production, rebinds, predicts)                     \
	EVENT_PARAMETERS_##constant, EVENT_PARAMETERS_BASE_##constant = EVENT_PARAMETERS_##constant - 1,
#define PARAMETER(event, name, type, format, meaning, source) PARAMETER_##event##_##name,
#include "catalog/events.def"
#undef EVENT
#undef PARAMETER
	EVENT_PARAMETER_ROW_COUNT,
};

#define PARAMETER_INDEX(event, name) ((unsigned)PARAMETER_##event##_##name - (unsigned)EVENT_PARAMETERS_##event)

enum event_direction { DIRECTION_ENTER, DIRECTION_EXIT };

enum event_category {
	CATEGORY_UNKNOWN,
	CATEGORY_OTHER,
	CATEGORY_FILE,
	CATEGORY_NET,
	CATEGORY_IPC,
	CATEGORY_MEMORY,
	CATEGORY_PROCESS,
	CATEGORY_SLEEP,
	CATEGORY_SYSTEM,
	CATEGORY_SIGNAL,
	CATEGORY_USER,
	CATEGORY_TIME,
	CATEGORY_PROCESSING,
	CATEGORY_IO_READ,
	CATEGORY_IO_WRITE,
	CATEGORY_IO_OTHER,
	CATEGORY_WAIT,
	CATEGORY_SCHEDULER,
	CATEGORY_INTERNAL,
};

enum event_class {
	EVENT_CLASS_NONE, /* unused slot */
	EVENT_CLASS_SYSCALL,
	EVENT_CLASS_TRACEPOINT,
	EVENT_CLASS_PLUGIN,
	EVENT_CLASS_METAEVENT,
	EVENT_CLASS_ITER,
};

enum event_flag {
	EVENT_FLAG_CREATES_FD = 1 << 0,
	EVENT_FLAG_DESTROYS_FD = 1 << 1,
	EVENT_FLAG_USES_FD = 1 << 2,
	EVENT_FLAG_READS_FROM_FD = 1 << 3,
	EVENT_FLAG_WRITES_TO_FD = 1 << 4,
	EVENT_FLAG_MODIFIES_STATE = 1 << 5,
	EVENT_FLAG_UNUSED = 1 << 6,
	EVENT_FLAG_WAITS = 1 << 7,
	EVENT_FLAG_SKIPPARSERESET = 1 << 8,
	EVENT_FLAG_OLD_VERSION = 1 << 9,
	EVENT_FLAG_LARGE_PAYLOAD = 1 << 10,
	EVENT_FLAG_CONVERTER_MANAGED = 1 << 11,
};

/* How an event comes about today. */
enum event_production {
	PRODUCED_LIVE,
	PRODUCED_PRE_EXECUTION, /* copy at entry, never shown to rules */
	PRODUCED_TRACEPOINT,
	PRODUCED_COMPAT,	/* only on 32-bit or other architectures */
	PRODUCED_SYNTHETIC,
	PRODUCED_PLUGIN,
	PRODUCED_INTERNAL,
	PRODUCED_ITERATOR,
	PRODUCED_OLD_CAPTURES,
	PRODUCED_NEVER,
};

/* Where a parameter's value comes from in a live call; decides its binding time (catalog/phase.h). */
enum parameter_source {
	PARAMETER_SOURCE_KERNEL,   /* only the kernel knows it, at exit */
	PARAMETER_SOURCE_RESULT,   /* the call's return value */
	PARAMETER_SOURCE_REGISTER, /* argument register, perhaps translated (PPM flags) */
	PARAMETER_SOURCE_MEMORY,   /* caller's memory, readable at enter, pointed to by an argument register */
	PARAMETER_SOURCE_NUMBER,   /* the number of the system call */
	PARAMETER_SOURCE_CONSTANT, /* zero or empty in every event of today's drivers */
	/* As REGISTER and MEMORY, but the kernel adds to it or changes it: final at exit only. */
	PARAMETER_SOURCE_REGISTER_AND_KERNEL,
	PARAMETER_SOURCE_MEMORY_AND_KERNEL,
};

struct event_parameter_info {
	const char *name;
	uint8_t type;	/* enum value_type */
	uint8_t format; /* enum value_format */
	uint8_t source; /* enum parameter_source */
	uint8_t argument; /* system call argument 0-5 for REGISTER, MEMORY and the two AND_KERNEL */
	int16_t flag_table; /* enum flag_table, or -1: names of FLAGS, ENUMFLAGS, MODE; variants of DYN */
	int8_t directory_parameter; /* FSRELPATH: index of the parameter with the directory's descriptor, or -1 */
};

struct event_info {
	const char *name;     /* evt.type */
	const char *constant; /* "SYSCALL_OPENAT_2_X" */
	uint8_t direction, category, event_class, production;
	uint16_t first_parameter; /* row in the parameter table: see event_parameter_info() */
	uint16_t flags;
	uint16_t predicts; /* mask of enum prediction */
	uint32_t rebinds;  /* mask of enum binding: what the event's success changes before rules see it */
};

/* As evt.category shows it ("file", "IPC"); "IO read" ... where the word hangs on the descriptor. */
const char *event_category_name(enum event_category category);

/* NULL for id >= EVENT_ID_COUNT. */
const struct event_info *event_info(unsigned id);
unsigned event_parameter_count(unsigned id);
const struct event_parameter_info *event_parameter_info(unsigned id, unsigned index); /* NULL when out of range */
int event_parameter_index(unsigned id, struct text name); /* -1 when the event has none of that name */
/* The longest value that the parameter may have in an event. */
uint32_t event_parameter_bytes_max(unsigned id, unsigned index);
/* Whether parameter 0 is the return value: exit events of system calls that have a type of their own. */
bool event_has_result(unsigned id);
/* The parameter with the descriptor that the event uses or closes; -1: none (calls that make one: the result). */
int event_descriptor_parameter(unsigned id);
bool event_name_exists(struct text name);
/* Iterates over the ids that carry `name`; start with 0, -1 at the end. */
int event_next_by_name(struct text name, unsigned start);

/* ---- architectures ---- */

enum architecture { ARCHITECTURE_X86_64, ARCHITECTURE_AARCH64 };

/* ---- flags ---- */

enum flag_table {
#define FLAG_TABLE(table, style, conversion) FLAG_TABLE_##table,
#define FLAG(table, name, value, kernel_x86_64, kernel_aarch64)
#define VARIANT(table, type, format, value)
#include "catalog/flags.def"
#undef FLAG_TABLE
#undef FLAG
#undef VARIANT
	FLAG_TABLE_COUNT,
};

enum flag_style { FLAG_STYLE_BITS, FLAG_STYLE_ENUM, FLAG_STYLE_MODE, FLAG_STYLE_IDS, FLAG_STYLE_VARIANT };

#define FLAG_NO_KERNEL_VALUE INT64_MIN

struct flag_info {
	const char *name;	/* variants: the name of the type */
	uint64_t value;		/* as delivered in events */
	int64_t kernel_x86_64;	/* FLAG_NO_KERNEL_VALUE when the kernel has no such flag */
	int64_t kernel_aarch64;
	uint8_t type, format;	/* only in variant tables */
};

enum flag_style flag_table_style(enum flag_table table);
const char *flag_table_name(enum flag_table table);
/* Rows in rendering order. */
const struct flag_info *flag_table_rows(enum flag_table table, size_t *ret_count);

/*
 * The value that events carry for a kernel value. Two things that the drivers do and rules rely on: O_TMPFILE holds the
 * bit of O_DIRECTORY, so that every open with O_DIRECTORY gets O_TMPFILE; O_SYNC holds that of O_DSYNC, so that O_DSYNC
 * alone gets O_SYNC. quotactl_cmds takes cmd >> 8, quotactl_types cmd & 255; socket options of levels other than
 * SOL_SOCKET are UNKNOWN, which the caller has to see to.
 */
uint64_t flags_from_kernel(enum flag_table table, uint64_t kernel_value, enum architecture architecture);
/* Table file_flags for calls that make a descriptor without an access mode: socket, pipe2, dup3, eventfd2 ... */
uint64_t descriptor_flags_from_kernel(uint64_t kernel_value, enum architecture architecture);

const char *errno_name(int64_t number);	  /* "ENOENT" for 2, or NULL */
const char *signal_name(unsigned number); /* "SIGKILL" for 9, or NULL */

/* ---- system calls ---- */

enum syscall_kind { SYSCALL_SPECIFIC, SYSCALL_GENERIC, SYSCALL_TRACEPOINT, SYSCALL_NONE };

struct syscall_info {
	const char *name;
	const char *event_name; /* evt.type */
	uint16_t code;		/* SYSCALLID value, dense enough to index a table */
	int16_t number_x86_64, number_aarch64; /* -1: does not exist there */
	uint8_t kind;
	uint8_t category;
	int16_t exit_event, enter_event; /* -1: none */
	bool has_pre_execution_copy, is_state_keeping, is_ignored_by_default;
};

size_t syscall_count(void);
const struct syscall_info *syscall_at(size_t row);
const struct syscall_info *syscall_by_code(unsigned code); /* NULL when there is none */
const struct syscall_info *syscall_by_number(enum architecture architecture, int64_t number);
const struct syscall_info *syscall_by_number_x86_64(int64_t number);
const struct syscall_info *syscall_by_name(struct text name);
/* A system call without an event of its own, by the name that rules use for it. */
bool syscall_is_generic_name(struct text name);

/* ---- fields ---- */

/* FIELD_EVT_NUM, FIELD_PROC_NAME ... */
enum field_id {
#define FIELD(constant, name, type, format, list, argument, flags, class, depends, value_bytes_max, meaning) FIELD_##constant,
#include "catalog/fields.def"
#undef FIELD
	FIELD_COUNT,
};

enum field_argument {
	ARGUMENT_NONE,
	ARGUMENT_INDEX,		    /* proc.aname[2] */
	ARGUMENT_NAME,		    /* proc.env[HOME] */
	ARGUMENT_INDEX_OR_NAME,	    /* proc.aenv */
	ARGUMENT_KEY,		    /* container.label[key] or container.label.key */
	ARGUMENT_INDEX_OR_KEY,	    /* container.mount */
	ARGUMENT_EVENT_NAME,	    /* evt.type.is.NAME */
	ARGUMENT_PARAMETER,	    /* evt.arg.NAME, evt.arg[N] */
	ARGUMENT_PARAMETER_NAME,    /* evt.rawarg.NAME */
	ARGUMENT_TIMESTAMP,	    /* evt.around[T] */
	ARGUMENT_SOURCE_OR_TARGET,  /* evt.abspath, .src, .dst */
	ARGUMENT_SUBSYSTEM,	    /* thread.cgroup.NAME */
	ARGUMENT_DESCRIPTOR,	    /* fd.types[N] */
};

enum field_flag {
	FIELD_FLAG_FILTER_ONLY = 1 << 0,
	FIELD_FLAG_PRINT_ONLY = 1 << 1,
	FIELD_FLAG_TABLE_ONLY = 1 << 2, /* not listed, usable */
	FIELD_FLAG_DEPRECATED = 1 << 3,
	FIELD_FLAG_NO_RHS = 1 << 4,
	FIELD_FLAG_NO_TRANSFORMER = 1 << 5,
	FIELD_FLAG_ARG_REQUIRED = 1 << 6,
	FIELD_FLAG_ARG_ALLOWED = 1 << 7,
	FIELD_FLAG_ARG_INDEX = 1 << 8,
	FIELD_FLAG_ARG_KEY = 1 << 9,
	FIELD_FLAG_NO_PTR_STABILITY = 1 << 10,
	/* A value per ancestor or per end of a socket: see "special comparison" in operators.def. */
	FIELD_FLAG_ANY_ANCESTOR = 1 << 11,
	FIELD_FLAG_EITHER_END = 1 << 12,
	/* Keeps state inside each use in a rule (util.cnt, evt.deltatime): uses are never shared. */
	FIELD_FLAG_STATEFUL = 1 << 13,
};

/* What values hang on: what events rebind and what fields depend on (design §2.1; the rule stands in phase.h). */
enum binding {
	/* The event itself. */
	BINDING_HEADER = 1 << 0,    /* its number, cpu: fixed when it exists */
	BINDING_ARGUMENTS = 1 << 1, /* its parameters: those that the field looks at (phase.h) */
	BINDING_RESULT = 1 << 2,    /* what the call returned */
	BINDING_SUCCESS = 1 << 3,   /* only whether it succeeded: after a failure there is no value */
	BINDING_TIME = 1 << 4,	    /* its time, or anything else that passes without events */
	/* The thread and its process. */
	BINDING_PROCESS = 1 << 5,      /* identity: pid, start; fixed while it lives */
	BINDING_THREADS = 1 << 6,      /* the caller's thread id, how many threads there are */
	BINDING_ANCESTORS = 1 << 7,    /* who they are, and everything about them */
	BINDING_IMAGE = 1 << 8,	       /* program, arguments, environment */
	BINDING_USER_ID = 1 << 9,
	BINDING_GROUP_ID = 1 << 10,
	BINDING_CAPABILITIES = 1 << 11,
	BINDING_CWD = 1 << 12,
	BINDING_ROOT = 1 << 13,
	BINDING_SESSION = 1 << 14,     /* session, process groups, terminal, login user */
	BINDING_CONTAINER = 1 << 15,   /* cgroups, container identity and metadata, names of users and groups in it */
	BINDING_LIMITS = 1 << 16,      /* limit of descriptors */
	BINDING_MEMORY_USE = 1 << 17,  /* vm sizes, page faults */
	/* Descriptors. An event that rebinds DESCRIPTOR or DESCRIPTOR_NUMBER changes the table as well. */
	BINDING_DESCRIPTOR = 1 << 18,	     /* the entry of the descriptor that the event speaks of */
	BINDING_DESCRIPTOR_NUMBER = 1 << 19, /* which descriptor that is */
	BINDING_DESCRIPTOR_TABLE = 1 << 20,  /* all entries of the process */
};

/* Values after success that follow from what is known at enter; predictions.def says of which fields. */
enum prediction {
	PREDICTS_FD_NAME = 1 << 0,
	PREDICTS_FD_TYPE = 1 << 1,
	PREDICTS_FD_NUM = 1 << 2,
	PREDICTS_FD_FILE = 1 << 3, /* device, inode, layers: those of the entry that is copied */
	PREDICTS_SOCKET_REMOTE = 1 << 4, /* the server's address and port, protocol, role */
	PREDICTS_SOCKET = 1 << 5,	 /* both ends */
	PREDICTS_USER_ID = 1 << 6,
	PREDICTS_GROUP_ID = 1 << 7,
	PREDICTS_CAPABILITIES = 1 << 8,
	PREDICTS_CWD = 1 << 9,
	PREDICTS_EXE = 1 << 10, /* the new program's name, arguments and environment */
};

struct field_info {
	const char *name;
	uint8_t type;	  /* enum value_type */
	uint8_t format;	  /* enum value_format */
	bool is_list;
	uint8_t argument; /* enum field_argument */
	uint16_t flags;	  /* mask of enum field_flag */
	const char *class_name;
	uint32_t depends; /* mask of enum binding */
	uint32_t value_bytes_max; /* greatest length of the value (of each element): bounds the worst-case cost */
	const char *meaning;
};

const struct field_info *field_info(unsigned id); /* NULL for id >= FIELD_COUNT */
/* Why a field never has a value for system calls (fields_without_value.def); NULL for those that can have one. */
const char *field_without_value(unsigned id);
int field_by_name(struct text name);		  /* -1 when there is none */
bool field_may_be_na_text(unsigned id);		  /* "<NA>" is one of its values (na_texts.def) */
/*
 * The longest field name that is a prefix of `t` (the way in which Falco reads fields); -1 when there is none. The rest
 * of the text starts at *ret_length.
 */
int field_by_prefix(struct text t, size_t *ret_length);

/* ---- operators, transformers, ports, priorities ---- */

enum operator_id {
#define OPERATOR(constant, name, kinds, list, modifier, meaning) OPERATOR_##constant,
#include "catalog/operators.def"
#undef OPERATOR
	OPERATOR_COUNT,
};

struct operator_info {
	const char *name;
	uint16_t kinds; /* mask of 1 << enum value_kind that it may be applied to */
	bool takes_list_fields;
	bool takes_modifier; /* oneof, anyof, allof */
	const char *meaning;
};

const struct operator_info *operator_info(unsigned id);
int operator_by_name(struct text name); /* "==" is "="; -1 when there is none */

enum operator_modifier { MODIFIER_NONE, MODIFIER_ONEOF, MODIFIER_ANYOF, MODIFIER_ALLOF };

enum transformer_id {
#define TRANSFORMER(constant, name, arguments_min, arguments_max, meaning) TRANSFORMER_##constant,
#include "catalog/transformers.def"
#undef TRANSFORMER
	TRANSFORMER_COUNT,
};

struct transformer_info {
	const char *name;
	uint8_t arguments_min, arguments_max; /* 255: no limit */
	const char *meaning;
};

const struct transformer_info *transformer_info(unsigned id);
int transformer_by_name(struct text name);

/* Service names, any protocol (the services list of Debian 12's netbase). -1 when unknown. */
int port_by_name(struct text name);
const char *port_name(uint16_t port, bool is_udp); /* NULL when it has none */

enum priority {
	PRIORITY_EMERGENCY,
	PRIORITY_ALERT,
	PRIORITY_CRITICAL,
	PRIORITY_ERROR,
	PRIORITY_WARNING,
	PRIORITY_NOTICE,
	PRIORITY_INFORMATIONAL,
	PRIORITY_DEBUG,
	PRIORITY_COUNT,
};

const char *priority_name(enum priority priority); /* "Informational" */
int priority_by_name(struct text name);		   /* any case, "info" too; -1 when unknown */

#endif
