#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file_io.h"

/* The one exception to "no global mutable state": set once by main. */
static const char *program_name = "tercel";
static enum log_level highest_level = LOG_LEVEL_INFO;

void log_set_program(const char *name)
{
	program_name = name;
}

void log_set_level(enum log_level level)
{
	highest_level = level;
}

/* One write a message: the lines of several processes do not mix. A message that cannot be written is lost. */
static void __attribute__((format(printf, 3, 0)))
write_message(enum log_level level, const char *kind, const char *format, va_list arguments)
{
	struct buffer line = BUFFER_INIT;

	if (level > highest_level)
		return;
	buffer_printf(&line, "%s: %s", program_name, kind);
	buffer_vprintf(&line, format, arguments);
	buffer_append_byte(&line, '\n');
	(void)write_all(STDERR_FILENO, line.bytes, line.length);
	buffer_release(&line);
}

#define LOG_FUNCTION(name, level, kind)                                                                                \
	void name(const char *format, ...)                                                                             \
	{                                                                                                              \
		va_list arguments;                                                                                     \
                                                                                                                       \
		va_start(arguments, format);                                                                           \
		write_message(level, kind, format, arguments);                                                         \
		va_end(arguments);                                                                                     \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR, "")
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING, "warning: ")
LOG_FUNCTION(log_info, LOG_LEVEL_INFO, "")
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG, "debug: ")
