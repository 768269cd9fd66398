#include "tests/support/condition_of_text.h"

#include "compiler/condition/condition_parse.h"

struct condition *condition_of_text(struct arena *arena, const char *text)
{
	const struct source_file *file;
	struct diagnostics diagnostics;
	struct condition *condition = NULL;

	if (source_file_new(arena, TEXT("<condition>"), text_from_string(text), &file) != 0 ||
	    diagnostics_init(&diagnostics, arena) != 0)
		return NULL;
	if (condition_parse(arena, mapped_text_of_file(arena, file), &diagnostics, &condition) != 0)
		condition = NULL;
	diagnostics_release(&diagnostics);
	return condition;
}

static void add(struct finding_sink *sink, const struct finding *finding)
{
	struct finding_list *list = (struct finding_list *)(void *)sink;

	if (list->count < sizeof list->findings / sizeof list->findings[0])
		list->findings[list->count] = *finding;
	list->count++;
}

struct finding_list finding_list_new(void)
{
	return (struct finding_list){.sink.report = add};
}
