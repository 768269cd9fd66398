#include "compiler/diagnostics/diagnostic_levels.h"

#include "base/exit_status.h"
#include "base/log.h"
#include "base/suggest.h"

static enum severity severity_of(enum diagnostic_id id)
{
	return load_code_info(diagnostic_info(id)->load_code)->severity;
}

/* Whether the name means the diagnostic: its own, or Falco's. */
static bool names(struct text name, enum diagnostic_id id)
{
	return text_is(name, diagnostic_info(id)->name) ||
	       text_is(name, load_code_info(diagnostic_info(id)->load_code)->name);
}

static void explain_unknown(const char *option, const char *name)
{
	const char *words[2 * DIAGNOSTIC_COUNT + 1];
	const char *suggestion;
	size_t count = 0;

	for (unsigned id = 0; id < DIAGNOSTIC_COUNT; id++) {
		if (severity_of(id) == SEVERITY_ERROR)
			continue;
		words[count++] = diagnostic_info(id)->name;
		words[count++] = load_code_info(diagnostic_info(id)->load_code)->name;
	}
	words[count] = NULL;
	suggestion = suggest_among(text_from_string(name), words);
	if (suggestion)
		log_error("--%s: there is no warning '%s', did you mean '%s'?", option, name, suggestion);
	else
		log_error("--%s: there is no warning '%s'; see tercelc list diagnostics", option, name);
}

static bool has_all(const struct option_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->values[i], "all") == 0)
			return true;
	return false;
}

/* Sets the level of what the list names; `is_switch_on` only of what is off. */
static int set_named(const char *option, const struct option_list *list, enum diagnostic_level level, bool is_switch_on,
		     struct diagnostic_levels *levels)
{
	for (size_t i = 0; i < list->count; i++) {
		struct text name = text_from_string(list->values[i]);
		bool is_known = false, is_error = false;

		if (text_is(name, "all"))
			continue;
		for (unsigned id = 0; id < DIAGNOSTIC_COUNT; id++) {
			if (!names(name, id))
				continue;
			is_error |= severity_of(id) == SEVERITY_ERROR;
			is_known = true;
			if (severity_of(id) == SEVERITY_WARNING && (!is_switch_on || levels->of[id] == LEVEL_OFF))
				levels->of[id] = (uint8_t)level;
		}
		if (is_error) {
			log_error("--%s: '%s' is an error, not a warning", option, list->values[i]);
			return EXIT_STATUS_USAGE;
		}
		if (!is_known) {
			explain_unknown(option, list->values[i]);
			return EXIT_STATUS_USAGE;
		}
	}
	return EXIT_STATUS_OK;
}

int level_arguments_read(const struct level_arguments *arguments, struct diagnostic_levels *ret_levels)
{
	bool warns_all = has_all(&arguments->warn), fails_all = has_all(&arguments->error_on);
	enum diagnostic_level on = fails_all ? LEVEL_ERROR : LEVEL_WARNING;
	int status;

	for (unsigned id = 0; id < DIAGNOSTIC_COUNT; id++) {
		bool is_on = warns_all || !diagnostic_info(id)->is_off_by_default;

		if (severity_of(id) == SEVERITY_ERROR)
			ret_levels->of[id] = LEVEL_ERROR;
		else
			ret_levels->of[id] = has_all(&arguments->no_warn) || !is_on ? LEVEL_OFF : (uint8_t)on;
	}
	status = set_named("warn", &arguments->warn, on, true, ret_levels);
	if (status == EXIT_STATUS_OK)
		status = set_named("error-on", &arguments->error_on, LEVEL_ERROR, false, ret_levels);
	if (status == EXIT_STATUS_OK)
		status = set_named("no-warn", &arguments->no_warn, LEVEL_OFF, false, ret_levels);
	return status;
}

void level_arguments_release(struct level_arguments *arguments)
{
	option_list_release(&arguments->warn);
	option_list_release(&arguments->no_warn);
	option_list_release(&arguments->error_on);
}

void diagnostic_levels_apply(const struct diagnostic_levels *levels, struct compilation *compilation)
{
	for (uint32_t i = 0; i < compilation->diagnostics.count; i++) {
		struct diagnostic *diagnostic = compilation->diagnostics.items[i];

		if (diagnostic->severity == SEVERITY_ERROR)
			continue;
		if (levels->of[diagnostic->id] == LEVEL_OFF)
			diagnostic->is_hidden = true;
		else if (levels->of[diagnostic->id] == LEVEL_ERROR)
			diagnostic->severity = SEVERITY_ERROR;
	}
	compilation_count_diagnostics(compilation);
}
