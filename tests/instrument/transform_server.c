/*
 * What `cloudformation`, `remove` and `check` do with templates, many in one process: 100,000 generated templates would
 * otherwise be a million starts of a program. check_cloudformation.py asks.
 *
 * The argument is a JSON object of image configurations, by the images' names. A request on standard input is a letter
 * (i: instrument, r: remove, c: check), a letter for the options ('@' and bits, below), the length of the template in
 * eight hexadecimal digits, and the template. The answer is '0' or '1' for refused or done, a length of the same form,
 * and the result, or the report of a refusal and of `check`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/cloudformation/cloudformation.h"
#include "instrument/document/json_scan.h"

enum option_bits {
	OPTION_PTRACE = 1,
	OPTION_SECRET = 2,
	OPTION_SECRET_EXPRESSION = 4,
	OPTION_VOLUMES_FROM = 8,
	OPTION_EMBEDDED = 16,
};

static struct instrument_options options_of(unsigned bits)
{
	struct instrument_options options = {
	    .agent_image = "registry.example/agent@sha256:"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    .orchestrator = "tcp://o.example:4400",
	    .name_prefix = "tercel",
	    .init_user = "0",
	    .ptrace = bits & OPTION_PTRACE,
	};

	if (bits & OPTION_SECRET)
		options.token_secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token";
	if (bits & OPTION_SECRET_EXPRESSION)
		options.token_secret = "!Ref TokenSecret";
	if (bits & OPTION_VOLUMES_FROM)
		options.delivery = DELIVERY_VOLUMES_FROM;
	if (bits & OPTION_EMBEDDED)
		options.delivery = DELIVERY_EMBEDDED;
	return options;
}

static void answer(bool good, struct text text)
{
	printf("%c%08zx", good ? '1' : '0', text.length);
	fwrite(text.bytes, 1, text.length, stdout);
	fflush(stdout);
}

static void serve(char action, unsigned bits, struct text source, const struct node *configurations)
{
	struct arena *arena = arena_new(0);
	const struct instrument_options options = options_of(bits);
	const struct resolver resolver = {.region = "eu-west-1", .account = "123456789012"};
	struct image_lookup images = {.arena = arena, .configurations = configurations, .offline = true};
	struct report report = report_of(arena, source);
	struct buffer rendered = BUFFER_INIT;
	struct text output;
	bool good;

	if (!arena)
		abort();
	if (action == 'c')
		good = cloudformation_check(source, arena, &report);
	else
		good = cloudformation_transform(source, action == 'i' ? ACTION_INSTRUMENT : ACTION_REMOVE, &options,
						&images, &resolver, arena, &report, &output);
	if (!good || action == 'c') {
		report_render_text(&report, "template", false, &rendered);
		output = buffer_text(&rendered);
	}
	answer(good, output);
	buffer_release(&rendered);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	struct text json = text_from_string(argc > 1 ? argv[1] : "{}");
	struct report report = report_of(arena, json);
	const struct node *configurations = arena ? json_scan(json, arena, &report) : NULL;
	char header[11] = "";

	if (!configurations)
		return 2;
	while (fread(header, 1, 10, stdin) == 10) {
		size_t length = strtoul(header + 2, NULL, 16);
		char *source = malloc(length + 1);

		if (!source || fread(source, 1, length, stdin) != length)
			abort();
		serve(header[0], (unsigned)(header[1] - '@'), text_of(source, length), configurations);
		free(source);
	}
	arena_free(arena);
	return 0;
}
