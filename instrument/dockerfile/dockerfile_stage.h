/* The stages of a Dockerfile, and what an image built from one runs: Docker's rules of ENTRYPOINT, CMD and SHELL. */
#ifndef TERCEL_INSTRUMENT_DOCKERFILE_DOCKERFILE_STAGE_H
#define TERCEL_INSTRUMENT_DOCKERFILE_DOCKERFILE_STAGE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/option_table.h"
#include "base/text.h"
#include "instrument/dockerfile/dockerfile_parse.h"
#include "instrument/images/image_lookup.h"
#include "instrument/document/report.h"

#define STAGES_MAX 1000

struct stage {
	const struct instruction *from;
	const struct instruction *entry_point, *command; /* the last ones; NULL: inherited */
	struct text name;                                /* as in AS; empty when it has none */
	struct text image;                               /* what it is built from; empty when that is not known here */
	struct text unknown;                             /* then: why */
	struct text platform;                            /* "linux/arm64"; empty when it is not said */
	const struct stage *base;                        /* an earlier stage of that name; NULL: an image */
};

struct stages {
	struct stage *stages; /* at least one */
	size_t count;
};

/* What decides beside the file. */
struct stage_context {
	struct arena *arena;
	struct report *report;
	struct image_lookup *images;
	const struct option_list *build_arguments; /* NAME=VALUE */
	const char *architecture;                  /* NULL: amd64 */
};

/* False after a fault, which is in the report. */
bool stages_read(const struct stage_context *context, const struct dockerfile *dockerfile, struct stages *ret_stages);

/* What the stage's image runs. False after a fault or when an image is not known, which is in the report. */
bool stage_words(const struct stage_context *context, const struct stage *stage, struct image_config *ret_config);

#endif
