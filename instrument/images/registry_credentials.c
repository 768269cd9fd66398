#include "instrument/images/registry_credentials.h"

#include <stdlib.h>

#include "instrument/images/docker_credentials.h"
#include "instrument/images/ecr.h"
#include "instrument/images/http_client.h"

static bool token_of_environment(struct text registry, struct arena *arena, struct text *ret_authorization,
				 struct text *ret_reason)
{
	const char *token = getenv("REGISTRY_TOKEN");

	if (!token || !token[0] || text_is(registry, "registry-1.docker.io") || text_is(registry, "public.ecr.aws"))
		return true;
	if (!http_is_header_value(text_from_string(token))) {
		*ret_reason = TEXT("REGISTRY_TOKEN holds what no token can");
		return false;
	}
	*ret_authorization = arena_format(arena, "Bearer %s", token);
	return ret_authorization->bytes != NULL;
}

static bool find(struct text registry, struct arena *arena, struct text *ret_authorization, struct text *ret_reason)
{
	struct ecr_registry ecr;

	*ret_authorization = TEXT_EMPTY;
	if (!docker_credentials(registry, arena, ret_authorization, ret_reason))
		return false;
	if (ret_authorization->length > 0)
		return true;
	if (ecr_registry_parse(registry, &ecr))
		return ecr_authorization(&ecr, arena, ret_authorization, ret_reason);
	return token_of_environment(registry, arena, ret_authorization, ret_reason);
}

bool registry_credentials(struct registry_login **logins, struct text registry, struct arena *arena,
			  struct text *ret_authorization, struct text *ret_reason)
{
	struct registry_login *login = *logins;

	while (login && !text_equal(login->registry, registry))
		login = login->next;
	if (!login) {
		login = arena_allocate(arena, sizeof *login);
		if (!login)
			return false;
		login->registry = registry;
		login->reason = TEXT_EMPTY;
		login->good = find(registry, arena, &login->authorization, &login->reason);
		login->next = *logins;
		*logins = login;
	}
	*ret_authorization = login->authorization;
	*ret_reason = login->reason;
	return login->good;
}
