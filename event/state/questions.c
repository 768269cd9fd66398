/* Questions that fields ask the state and that need more than one of its tables. */
#include <arpa/inet.h>
#include <string.h>

#include "event/state/state_private.h"

/* The name of the directory `dirfd`, ready to be joined; false when it is not known. */
static bool directory_of(const struct thread *thread, enum path_base base, int64_t dirfd, struct text *ret_directory)
{
	const struct descriptor *descriptor;

	if (base == PATH_BASE_CWD || (dirfd == PATH_AT_FDCWD && base != PATH_BASE_DIRECTORY_ENTRY)) {
		*ret_directory = thread ? thread_cwd(thread) : TEXT_EMPTY;
		return true;
	}
	descriptor = thread ? thread_descriptor(thread, dirfd) : NULL;
	if (!descriptor || (base == PATH_BASE_DIRECTORY_ENTRY && descriptor->kind != DESCRIPTOR_DIRECTORY))
		return false;
	*ret_directory = descriptor_name(descriptor);
	return true;
}

struct text state_resolve_path(const struct thread *thread, enum path_base base, int64_t dirfd, struct text path,
			       char buffer[PATH_BYTES_MAX])
{
	struct text directory = TEXT_EMPTY;
	char ended[PATH_BYTES_MAX];
	bool is_known;

	if (path.length == 0 || path_is_absolute(path))
		return path_join(TEXT_EMPTY, path, buffer);
	is_known = directory_of(thread, base, dirfd, &directory);
	if (!is_known && base != PATH_BASE_DIRFD_OR_NOTHING)
		directory = PATH_UNKNOWN_DIRECTORY;
	/* A working directory ends in '/' already. */
	if (base != PATH_BASE_CWD && (dirfd != PATH_AT_FDCWD || base == PATH_BASE_DIRECTORY_ENTRY) &&
	    (base == PATH_BASE_DIRFD_ABSPATH || (is_known && directory.length > 0 && !text_ends_with(directory, TEXT("/"))))) {
		if (directory.length >= sizeof ended)
			return PATH_TOO_LONG;
		memcpy(ended, directory.bytes, directory.length);
		ended[directory.length] = '/';
		directory = text_of(ended, directory.length + 1);
	}
	return path_join(directory, path, buffer);
}

bool state_address_is_local(const struct state *state, const struct thread *thread, enum socket_family family,
			    const struct socket_end *end)
{
	struct text container_id = thread ? thread_container_id(thread) : TEXT_EMPTY;
	const struct container *container;
	struct in_addr address;
	char ip[INET_ADDRSTRLEN];

	if (container_id.length == 0)
		return interface_list_has(&state->interfaces, family, end);
	if (family != SOCKET_FAMILY_IPV4)
		return false;
	container = container_find(state->containers, container_id);
	if (!container || container->ip.length == 0 || container->ip.length >= sizeof ip)
		return container_table_has_ip(state->containers, end->address);
	memcpy(ip, container->ip.bytes, container->ip.length);
	ip[container->ip.length] = '\0';
	if (inet_pton(AF_INET, ip, &address) == 1 && memcmp(&address, end->address, sizeof address) == 0)
		return true;
	return interface_list_has(&state->interfaces, family, end);
}

const struct container *state_container(const struct state *state, const struct event *event)
{
	if (state->private->event_container)
		return state->private->event_container;
	return event->thread ? container_find(state->containers, thread_container_id(event->thread)) : NULL;
}

const struct user *state_user(const struct state *state, const struct thread *thread, uint32_t uid)
{
	return user_table_find(state->users, thread_container_id(thread), uid);
}

const struct group *state_group(const struct state *state, const struct thread *thread, uint32_t gid)
{
	return user_table_find_group(state->users, thread_container_id(thread), gid);
}
