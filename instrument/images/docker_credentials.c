#include "instrument/images/docker_credentials.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file_io.h"
#include "instrument/images/http_client.h"
#include "instrument/document/json_scan.h"
#include "instrument/document/node.h"
#include "instrument/images/run_program.h"

#define CONFIG_BYTES_MAX ((size_t)1 << 20)
#define ANSWER_BYTES_MAX ((size_t)64 << 10)
#define DOCKER_HUB_KEY "https://index.docker.io/v1/" /* what docker login writes for Docker Hub */

static bool is_helper_name(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (name.bytes[i] == '\0' ||
		    !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", name.bytes[i]))
			return false;
	return name.length > 0;
}

static struct text basic(struct arena *arena, struct text user, struct text secret)
{
	struct text pair =
	    arena_format(arena, TEXT_FORMAT ":" TEXT_FORMAT, TEXT_ARGUMENTS(user), TEXT_ARGUMENTS(secret));
	unsigned char *encoded = pair.length < ANSWER_BYTES_MAX ? arena_allocate(arena, pair.length * 4 / 3 + 8) : NULL;

	if (!encoded || !pair.bytes)
		return TEXT_EMPTY;
	EVP_EncodeBlock(encoded, (const unsigned char *)pair.bytes, (int)pair.length);
	return arena_format(arena, "Basic %s", (const char *)encoded);
}

static bool ask_helper(struct text helper, struct text registry, struct arena *arena, struct text *ret_basic,
		       struct text *ret_reason)
{
	struct text program = arena_format(arena, "docker-credential-" TEXT_FORMAT, TEXT_ARGUMENTS(helper)), json;
	struct buffer answer = {.limit_bytes = ANSWER_BYTES_MAX};
	char *name = program.bytes ? arena_copy_string(arena, program) : NULL, get[] = "get";
	char *const arguments[] = {name, get, NULL};
	const struct node *root;
	struct report report;
	bool good;

	if (!is_helper_name(helper) || !name) {
		*ret_reason = TEXT("Docker's configuration names a credential helper that cannot be one");
		return false;
	}
	good = run_program(arguments, registry, &answer);
	json = arena_copy_text(arena, buffer_text(&answer));
	buffer_release(&answer);
	if (!good || !json.bytes) {
		*ret_reason =
		    arena_format(arena, "%s gave no credentials for " TEXT_FORMAT, name, TEXT_ARGUMENTS(registry));
		return false;
	}
	report = report_of(arena, json);
	root = json_scan(json, arena, &report);
	*ret_basic = basic(arena, node_member_text(root, "Username"), node_member_text(root, "Secret"));
	return true;
}

static bool find_credentials(const struct node *root, struct text registry, struct arena *arena, struct text *ret_basic,
			     struct text *ret_reason)
{
	const struct node *helper = node_member_named(node_member(root, "credHelpers"), registry);
	const struct node *entry = node_member_named(node_member(root, "auths"), registry);
	struct text encoded = node_member_text(entry, "auth"), store = node_member_text(root, "credsStore");

	if (helper && helper->kind == NODE_STRING)
		return ask_helper(helper->text, registry, arena, ret_basic, ret_reason);
	if (http_is_header_value(encoded)) {
		*ret_basic = arena_format(arena, "Basic " TEXT_FORMAT, TEXT_ARGUMENTS(encoded));
		return ret_basic->bytes != NULL;
	}
	if (store.length > 0 && entry)
		return ask_helper(store, registry, arena, ret_basic, ret_reason);
	*ret_basic = TEXT_EMPTY;
	return true;
}

bool docker_credentials(struct text registry, struct arena *arena, struct text *ret_basic, struct text *ret_reason)
{
	const char *directory = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
	struct text path = directory ? arena_format(arena, "%s/config.json", directory)
				     : arena_format(arena, "%s/.docker/config.json", home ? home : ""),
		    json;
	struct buffer buffer = BUFFER_INIT;
	int status = path.bytes ? file_read(path.bytes, CONFIG_BYTES_MAX, &buffer) : -ENOMEM;
	const struct node *root;
	struct report report;

	json = arena_copy_text(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	if (status == -ENOENT || status == -ENOTDIR) {
		*ret_basic = TEXT_EMPTY;
		return true;
	}
	report = report_of(arena, json);
	root = status || !json.bytes ? NULL : json_scan(json, arena, &report);
	if (!root) {
		*ret_reason = arena_format(arena, "cannot read %s", path.bytes ? path.bytes : "Docker's configuration");
		return false;
	}
	if (text_is(registry, "registry-1.docker.io"))
		registry = TEXT(DOCKER_HUB_KEY);
	return find_credentials(root, registry, arena, ret_basic, ret_reason);
}
