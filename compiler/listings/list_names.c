#include "compiler/listings/list_names.h"

#define WORD_LIST(array) {array, sizeof(array) / sizeof((array)[0])}

static const char *const binding_names[] = {
	"header",  "arguments", "result",	"success",    "time",	   "process",	 "threads",
	"ancestors", "image",	"user id",	"group id",   "capabilities", "cwd",	 "root",
	"session", "container", "limits",	"memory use", "descriptor", "descriptor number", "descriptor table",
};
const struct word_list binding_words = WORD_LIST(binding_names);

static const char *const prediction_names[] = {
	"fd name",  "fd type",	"fd number",	"fd file", "socket remote end", "socket", "user id",
	"group id", "capabilities", "cwd", "program",
};
const struct word_list prediction_words = WORD_LIST(prediction_names);

static const char *const event_flag_names[] = {
	"CREATES_FD", "DESTROYS_FD", "USES_FD", "READS_FROM_FD", "WRITES_TO_FD", "MODIFIES_STATE", "UNUSED", "WAITS",
	"SKIPPARSERESET", "OLD_VERSION", "LARGE_PAYLOAD", "CONVERTER_MANAGED",
};
const struct word_list event_flag_words = WORD_LIST(event_flag_names);

static const char *const field_flag_names[] = {
	"FILTER_ONLY", "PRINT_ONLY", "TABLE_ONLY", "DEPRECATED", "NO_RHS", "NO_TRANSFORMER", "ARG_REQUIRED",
	"ARG_ALLOWED",
	"ARG_INDEX", "ARG_KEY", "NO_PTR_STABILITY", "ANY_ANCESTOR", "EITHER_END", "STATEFUL",
};
const struct word_list field_flag_words = WORD_LIST(field_flag_names);

static const char *const kind_names[] = {
	[KIND_SIGNED] = "signed",   [KIND_UNSIGNED] = "unsigned", [KIND_REAL] = "real",
	[KIND_BOOLEAN] = "boolean", [KIND_STRING] = "string",	  [KIND_BYTES] = "bytes",
	[KIND_ADDRESS] = "address", [KIND_NETWORK] = "network",	  [KIND_OPAQUE] = "opaque",
};
const struct word_list kind_words = WORD_LIST(kind_names);

const char *format_word(enum value_format format)
{
	static const char *const words[] = {
		[FORMAT_NONE] = "none",	  [FORMAT_DECIMAL] = "decimal",
		[FORMAT_HEXADECIMAL] = "hexadecimal", [FORMAT_OCTAL] = "octal",
		[FORMAT_PADDED_DECIMAL] = "padded decimal", [FORMAT_ID] = "id",
		[FORMAT_DIRECTION] = "direction",
	};

	return words[format];
}

const char *argument_word(enum field_argument argument)
{
	static const char *const words[] = {
		[ARGUMENT_NONE] = "none",
		[ARGUMENT_INDEX] = "index",
		[ARGUMENT_NAME] = "name",
		[ARGUMENT_INDEX_OR_NAME] = "index or name",
		[ARGUMENT_KEY] = "key",
		[ARGUMENT_INDEX_OR_KEY] = "index or key",
		[ARGUMENT_EVENT_NAME] = "event name",
		[ARGUMENT_PARAMETER] = "parameter name or index",
		[ARGUMENT_PARAMETER_NAME] = "parameter name",
		[ARGUMENT_TIMESTAMP] = "timestamp",
		[ARGUMENT_SOURCE_OR_TARGET] = "src or dst",
		[ARGUMENT_SUBSYSTEM] = "subsystem",
		[ARGUMENT_DESCRIPTOR] = "descriptor",
	};

	return words[argument];
}

const char *argument_form(enum field_argument argument)
{
	static const char *const forms[] = {
		[ARGUMENT_NONE] = "",
		[ARGUMENT_INDEX] = "[N]",
		[ARGUMENT_NAME] = "[NAME]",
		[ARGUMENT_INDEX_OR_NAME] = "[N or NAME]",
		[ARGUMENT_KEY] = "[KEY]",
		[ARGUMENT_INDEX_OR_KEY] = "[N or KEY]",
		[ARGUMENT_EVENT_NAME] = ".EVENT",
		[ARGUMENT_PARAMETER] = ".NAME or [N]",
		[ARGUMENT_PARAMETER_NAME] = ".NAME",
		[ARGUMENT_TIMESTAMP] = "[TIMESTAMP]",
		[ARGUMENT_SOURCE_OR_TARGET] = ".src or .dst",
		[ARGUMENT_SUBSYSTEM] = ".SUBSYSTEM",
		[ARGUMENT_DESCRIPTOR] = "[FD]",
	};

	return forms[argument];
}

const char *production_word(enum event_production production)
{
	static const char *const words[] = {
		[PRODUCED_LIVE] = "live",
		[PRODUCED_PRE_EXECUTION] = "pre-execution copy",
		[PRODUCED_TRACEPOINT] = "tracepoint",
		[PRODUCED_COMPAT] = "other architectures",
		[PRODUCED_SYNTHETIC] = "synthetic",
		[PRODUCED_PLUGIN] = "plugin",
		[PRODUCED_INTERNAL] = "internal",
		[PRODUCED_ITERATOR] = "iterator",
		[PRODUCED_OLD_CAPTURES] = "old captures",
		[PRODUCED_NEVER] = "never",
	};

	return words[production];
}

const char *source_word(enum parameter_source source)
{
	static const char *const words[] = {
		[PARAMETER_SOURCE_KERNEL] = "kernel",
		[PARAMETER_SOURCE_RESULT] = "result",
		[PARAMETER_SOURCE_REGISTER] = "register",
		[PARAMETER_SOURCE_MEMORY] = "memory",
		[PARAMETER_SOURCE_NUMBER] = "number",
		[PARAMETER_SOURCE_CONSTANT] = "constant",
		[PARAMETER_SOURCE_REGISTER_AND_KERNEL] = "register and kernel",
		[PARAMETER_SOURCE_MEMORY_AND_KERNEL] = "memory and kernel",
	};

	return words[source];
}

const char *flag_style_word(enum flag_style style)
{
	static const char *const words[] = {
		[FLAG_STYLE_BITS] = "bits", [FLAG_STYLE_ENUM] = "enum",	     [FLAG_STYLE_MODE] = "mode",
		[FLAG_STYLE_IDS] = "ids",   [FLAG_STYLE_VARIANT] = "variant",
	};

	return words[style];
}

const char *syscall_kind_word(enum syscall_kind kind)
{
	static const char *const words[] = {
		[SYSCALL_SPECIFIC] = "specific",
		[SYSCALL_GENERIC] = "generic",
		[SYSCALL_TRACEPOINT] = "tracepoint",
		[SYSCALL_NONE] = "none",
	};

	return words[kind];
}

const char *event_class_word(enum event_class event_class)
{
	static const char *const words[] = {
		[EVENT_CLASS_NONE] = "none",
		[EVENT_CLASS_SYSCALL] = "syscall",
		[EVENT_CLASS_TRACEPOINT] = "tracepoint",
		[EVENT_CLASS_PLUGIN] = "plugin",
		[EVENT_CLASS_METAEVENT] = "metaevent",
		[EVENT_CLASS_ITER] = "iter",
	};

	return words[event_class];
}
