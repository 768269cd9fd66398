#include "agent/capture/inheritance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static const int limited_resources[INHERITED_LIMITS] = {RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_NOFILE};

static void take_signals(struct inheritance *inheritance)
{
	struct sigaction action;

	sigprocmask(SIG_SETMASK, NULL, &inheritance->mask);
	sigemptyset(&inheritance->ignored);
	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			sigaddset(&inheritance->ignored, number);
}

/* Without /proc nothing is known, and nothing will be closed. */
static int take_descriptors(struct inheritance *inheritance)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t room = 0;
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char *end;
		long number = strtol(entry->d_name, &end, 10);

		if (end == entry->d_name || *end != '\0' || number <= STDERR_FILENO || number == dirfd(directory))
			continue;
		if (inheritance->descriptor_count == room) {
			int *larger = reallocarray(inheritance->descriptors, room = 2 * room + 16, sizeof(int));

			if (!larger) {
				closedir(directory);
				return -ENOMEM;
			}
			inheritance->descriptors = larger;
		}
		inheritance->descriptors[inheritance->descriptor_count++] = (int)number;
	}
	if (directory)
		closedir(directory);
	return 0;
}

/* Each open takes the lowest number that is free. */
static int fill_standard_descriptors(void)
{
	int descriptor;

	do
		descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (descriptor >= 0 && descriptor <= STDERR_FILENO);
	if (descriptor < 0)
		return -errno;
	close(descriptor);
	return 0;
}

static void raise_limits(struct inheritance *inheritance)
{
	for (size_t i = 0; i < INHERITED_LIMITS; i++) {
		struct rlimit *limit = &inheritance->limits[i];

		if (getrlimit((__rlimit_resource_t)limited_resources[i], limit) == 0 && limit->rlim_cur != limit->rlim_max)
			setrlimit((__rlimit_resource_t)limited_resources[i],
				  &(struct rlimit){limit->rlim_max, limit->rlim_max});
	}
}

int inheritance_take(struct inheritance *ret_inheritance)
{
	struct inheritance inheritance = {0};
	int error;

	take_signals(&inheritance);
	error = take_descriptors(&inheritance);
	if (error == 0)
		error = fill_standard_descriptors();
	if (error < 0) {
		inheritance_release(&inheritance);
		return error;
	}
	raise_limits(&inheritance);
	*ret_inheritance = inheritance;
	return 0;
}

void inheritance_give(const struct inheritance *inheritance)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	for (int number = 1; number < NSIG; number++) {
		action.sa_handler = sigismember(&inheritance->ignored, number) == 1 ? SIG_IGN : SIG_DFL;
		sigaction(number, &action, NULL); /* some cannot be set: they are as they must be */
	}
	for (size_t i = 0; i < INHERITED_LIMITS; i++)
		setrlimit((__rlimit_resource_t)limited_resources[i], &inheritance->limits[i]);
	sigprocmask(SIG_SETMASK, &inheritance->mask, NULL);
}

void inheritance_drop(const struct inheritance *inheritance)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < inheritance->descriptor_count; i++)
		close(inheritance->descriptors[i]);
	if (nowhere < 0)
		return;
	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	close(nowhere);
}

void inheritance_release(struct inheritance *inheritance)
{
	free(inheritance->descriptors);
	*inheritance = (struct inheritance){0};
}
