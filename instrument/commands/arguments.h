/* Options that several commands have, and what they do with their results. */
#ifndef TERCEL_INSTRUMENT_COMMANDS_ARGUMENTS_H
#define TERCEL_INSTRUMENT_COMMANDS_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/option_table.h"
#include "base/text.h"
#include "instrument/images/image_lookup.h"
#include "instrument/document/report.h"
#include "instrument/cloudformation/resolver.h"
#include "instrument/task/task.h"

/* Where the result goes. */
struct output_arguments {
	const char *path, *format;
	bool in_place, backup, diff;
	uint64_t required; /* containers */
};

/* What a template's expressions are evaluated with. */
struct template_arguments {
	struct option_list parameters;
	const char *region, *account, *partition;
};

#define TEMPLATE_OPTION_ROWS(arguments)                                                                                \
	{"parameter",                                                                                                  \
	 0,                                                                                                            \
	 OPTION_LIST,                                                                                                  \
	 &(arguments)->parameters,                                                                                     \
	 "NAME=VALUE",                                                                                                 \
	 NULL,                                                                                                         \
	 "The value of a template's parameter; may be repeated."},                                                     \
	    {"region", 0, OPTION_STRING, &(arguments)->region, "NAME", NULL, "The value of AWS::Region."},             \
	    {"account", 0, OPTION_STRING, &(arguments)->account, "ID", NULL, "The value of AWS::AccountId."},          \
	{                                                                                                              \
		"partition", 0, OPTION_STRING, &(arguments)->partition, "NAME", NULL,                                  \
		    "The value of AWS::Partition (default: the region's)."                                             \
	}

#define OUTPUT_ARGUMENTS_INIT ((struct output_arguments){.format = "text"})

#define OUTPUT_OPTION_ROWS(arguments)                                                                                  \
	{"output",                                                                                                     \
	 'o',                                                                                                          \
	 OPTION_STRING,                                                                                                \
	 &(arguments)->path,                                                                                           \
	 "FILE",                                                                                                       \
	 NULL,                                                                                                         \
	 "Write the result there (default: standard output)."},                                                        \
	    {"in-place", 0, OPTION_FLAG, &(arguments)->in_place, NULL, NULL, "Write it over the file that was read."}, \
	    {"backup",                                                                                                 \
	     0,                                                                                                        \
	     OPTION_FLAG,                                                                                              \
	     &(arguments)->backup,                                                                                     \
	     NULL,                                                                                                     \
	     NULL,                                                                                                     \
	     "With --in-place: keep the old file as FILE.orig."},                                                      \
	    {"diff",                                                                                                   \
	     0,                                                                                                        \
	     OPTION_FLAG,                                                                                              \
	     &(arguments)->diff,                                                                                       \
	     NULL,                                                                                                     \
	     NULL,                                                                                                     \
	     "Show the difference on standard output; write nothing."},                                                \
	{                                                                                                              \
		"format", 0, OPTION_CHOICE, &(arguments)->format, NULL, "text|json", "The report, on standard error."  \
	}

struct instrument_arguments {
	struct instrument_options options;
	struct image_lookup images;
	struct output_arguments output;
	const char *delivery, *unknown_image;
};

#define INSTRUMENT_ARGUMENTS_INIT                                                                                      \
	((struct instrument_arguments){                                                                                \
	    .options = {.name_prefix = "tercel", .init_user = "0"},                                                    \
	    .output = OUTPUT_ARGUMENTS_INIT,                                                                           \
	    .delivery = "init",                                                                                        \
	    .unknown_image = "refuse",                                                                                 \
	})

/* What the agent is told. */
#define AGENT_OPTION_ROWS(arguments)                                                                                    \
	{"orchestrator",                                                                                                \
	 0,                                                                                                             \
	 OPTION_STRING,                                                                                                 \
	 &(arguments)->options.orchestrator,                                                                            \
	 "URL",                                                                                                         \
	 NULL,                                                                                                          \
	 "What the agent reports to."},                                                                                 \
	    {"trust",                                                                                                   \
	     0,                                                                                                         \
	     OPTION_LIST,                                                                                               \
	     &(arguments)->options.trust,                                                                               \
	     "NAME.pub|KEY",                                                                                            \
	     NULL,                                                                                                      \
	     "A key whose bundles it takes: a file in the container, or the key itself; may be repeated."},             \
	    {"bundle", 0, OPTION_STRING, &(arguments)->options.bundle, "PATH", NULL, "The rules that it begins with."}, \
	    {"label",                                                                                                   \
	     0,                                                                                                         \
	     OPTION_LIST,                                                                                               \
	     &(arguments)->options.labels,                                                                              \
	     "KEY=VALUE",                                                                                               \
	     NULL,                                                                                                      \
	     "What it tells the orchestrator; may be repeated."},                                                       \
	    {"agent-option",                                                                                            \
	     0,                                                                                                         \
	     OPTION_LIST,                                                                                               \
	     &(arguments)->options.agent_options,                                                                       \
	     "WORD",                                                                                                    \
	     NULL,                                                                                                      \
	     "Another word for it; may be repeated."},                                                                  \
	{                                                                                                               \
		"proxy", 0, OPTION_STRING, &(arguments)->options.proxy, "URL", NULL, "The proxy that it goes through."  \
	}

/* Where images are looked for. */
#define IMAGE_OPTION_ROWS(arguments)                                                                                   \
	{"image-config",                                                                                               \
	 0,                                                                                                            \
	 OPTION_LIST,                                                                                                  \
	 &(arguments)->images.files,                                                                                   \
	 "NAME=FILE",                                                                                                  \
	 NULL,                                                                                                         \
	 "The configuration of the image of this container, or of this image; may be repeated."},                      \
	    {"oci-layout",                                                                                             \
	     0,                                                                                                        \
	     OPTION_LIST,                                                                                              \
	     &(arguments)->images.layouts,                                                                             \
	     "[NAME=]DIR",                                                                                             \
	     NULL,                                                                                                     \
	     "The same from an OCI image layout; without NAME= for the images that it has, by name, or its only "      \
	     "one."},                                                                                                  \
	    {"docker-archive",                                                                                         \
	     0,                                                                                                        \
	     OPTION_LIST,                                                                                              \
	     &(arguments)->images.archives,                                                                            \
	     "[NAME=]FILE",                                                                                            \
	     NULL,                                                                                                     \
	     "The same from what `docker save` wrote."},                                                               \
	    {"offline",                                                                                                \
	     0,                                                                                                        \
	     OPTION_FLAG,                                                                                              \
	     &(arguments)->images.offline,                                                                             \
	     NULL,                                                                                                     \
	     NULL,                                                                                                     \
	     "Do not ask registries (credentials: Docker's configuration; for ECR AWS's; REGISTRY_TOKEN)."},           \
	    {"cache",                                                                                                  \
	     0,                                                                                                        \
	     OPTION_STRING,                                                                                            \
	     &(arguments)->images.cache,                                                                               \
	     "DIR",                                                                                                    \
	     NULL,                                                                                                     \
	     "Keep there what registries answered."},                                                                  \
	{                                                                                                              \
		"arch", 0, OPTION_CHOICE, &(arguments)->options.architecture, NULL, "amd64|arm64",                     \
		    "Of the images, where the definition does not say."                                                \
	}

#define INSTRUMENT_OPTION_ROWS(arguments)                                                                              \
	{"agent-image",                                                                                                \
	 0,                                                                                                            \
	 OPTION_STRING,                                                                                                \
	 &(arguments)->options.agent_image,                                                                            \
	 "IMAGE",                                                                                                      \
	 NULL,                                                                                                         \
	 "The image that has the agent."},                                                                             \
	    {"delivery",                                                                                               \
	     0,                                                                                                        \
	     OPTION_CHOICE,                                                                                            \
	     &(arguments)->delivery,                                                                                   \
	     NULL,                                                                                                     \
	     "init|volumes-from|embedded",                                                                             \
	     "How the agent gets into the container (default: an init container and a volume)."},                      \
	    AGENT_OPTION_ROWS(arguments), {"token-secret",                                                             \
					   0,                                                                          \
					   OPTION_STRING,                                                              \
					   &(arguments)->options.token_secret,                                         \
					   "ARN",                                                                      \
					   NULL,                                                                       \
					   "The secret with its token."},                                              \
	    {"ca-secret",                                                                                              \
	     0,                                                                                                        \
	     OPTION_STRING,                                                                                            \
	     &(arguments)->options.ca_secret,                                                                          \
	     "ARN",                                                                                                    \
	     NULL,                                                                                                     \
	     "The secret with the certificates it trusts."},                                                           \
	    {"ptrace", 0, OPTION_FLAG, &(arguments)->options.ptrace, NULL, NULL, "Add the capability SYS_PTRACE."},    \
	    {"pid-mode",                                                                                               \
	     0,                                                                                                        \
	     OPTION_CHOICE,                                                                                            \
	     &(arguments)->options.pid_mode,                                                                           \
	     NULL,                                                                                                     \
	     "task",                                                                                                   \
	     "Share process ids within the task."},                                                                    \
	    {"include",                                                                                                \
	     0,                                                                                                        \
	     OPTION_LIST,                                                                                              \
	     &(arguments)->options.include,                                                                            \
	     "NAME",                                                                                                   \
	     NULL,                                                                                                     \
	     "Wrap this container; may be repeated."},                                                                 \
	    {"exclude",                                                                                                \
	     0,                                                                                                        \
	     OPTION_LIST,                                                                                              \
	     &(arguments)->options.exclude,                                                                            \
	     "NAME",                                                                                                   \
	     NULL,                                                                                                     \
	     "Leave it alone; may be repeated."},                                                                      \
	    {"only-tagged",                                                                                            \
	     0,                                                                                                        \
	     OPTION_FLAG,                                                                                              \
	     &(arguments)->options.only_tagged,                                                                        \
	     NULL,                                                                                                     \
	     NULL,                                                                                                     \
	     "Wrap only what a tag includes."},                                                                        \
	    {"peer-hints",                                                                                             \
	     0,                                                                                                        \
	     OPTION_FLAG,                                                                                              \
	     &(arguments)->options.peer_hints,                                                                         \
	     NULL,                                                                                                     \
	     NULL,                                                                                                     \
	     "Follow kilt's tags and CrowdStrike's label too."},                                                       \
	    {"force-pid1",                                                                                             \
	     0,                                                                                                        \
	     OPTION_FLAG,                                                                                              \
	     &(arguments)->options.force_pid1,                                                                         \
	     NULL,                                                                                                     \
	     NULL,                                                                                                     \
	     "Wrap programs that want to be process 1."},                                                              \
	    {"name-prefix",                                                                                            \
	     0,                                                                                                        \
	     OPTION_STRING,                                                                                            \
	     &(arguments)->options.name_prefix,                                                                        \
	     "NAME",                                                                                                   \
	     NULL,                                                                                                     \
	     "Of the init container and the volume (default: tercel)."},                                               \
	    {"init-user",                                                                                              \
	     0,                                                                                                        \
	     OPTION_STRING,                                                                                            \
	     &(arguments)->options.init_user,                                                                          \
	     "USER",                                                                                                   \
	     NULL,                                                                                                     \
	     "Of the init container (default: 0)."},                                                                   \
	    {"pin",                                                                                                    \
	     0,                                                                                                        \
	     OPTION_FLAG,                                                                                              \
	     &(arguments)->options.pin,                                                                                \
	     NULL,                                                                                                     \
	     NULL,                                                                                                     \
	     "Write the digest of each image that was read in place of its tag."},                                     \
	    IMAGE_OPTION_ROWS(arguments),                                                                              \
	    {"unknown-image",                                                                                          \
	     0,                                                                                                        \
	     OPTION_CHOICE,                                                                                            \
	     &(arguments)->unknown_image,                                                                              \
	     NULL,                                                                                                     \
	     "refuse|skip",                                                                                            \
	     "What to do with a container of which nothing says what it runs (default: refuse)."},                     \
	{                                                                                                              \
		"require", 0, OPTION_NUMBER, &(arguments)->output.required, "COUNT", NULL,                             \
		    "Fail unless so many containers are wrapped."                                                      \
	}

/* The resolver with these values; they stay the caller's. */
struct resolver template_resolver(const struct template_arguments *arguments);

/* Makes `options` of the choices; false after a usage error, which is logged. */
bool instrument_arguments_check(struct instrument_arguments *arguments);
void instrument_arguments_release(struct instrument_arguments *arguments);

/* The document, with an arena that owns it. An exit status; not 0 when the file cannot be read, which is logged. */
int document_read(const char *path, struct arena **ret_arena, struct text *ret_source);

/* Whether --require is fulfilled; reports when it is not. */
bool result_is_enough(const struct output_arguments *output, struct report *report);

/* What a run that was good, or was not, ends with. */
int report_exit_status(const struct report *report, bool good);

/* The report alone, on standard output. An exit status. */
int report_write(const char *format, const char *path, bool good, const struct report *report);

/*
 * Shows the report and writes the result, unless `good` is false; nothing is written then. An exit status. With a usage
 * error in `output` nothing happens but its message.
 */
int result_write(const struct output_arguments *output, const char *path, struct text source, struct text result,
		 bool good, struct report *report);

#endif
