#include "agent/spool/agent_share.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

const char *agent_counter_name(enum agent_counter counter)
{
	static const char *const names[] = {
#define COUNTER(constant, name, meaning) name,
#include "agent/counters.def"
#undef COUNTER
	};

	return names[counter];
}

int agent_share_map(int descriptor, struct agent_share **ret_share)
{
	void *mapped;

	if (ftruncate(descriptor, (off_t)sizeof(struct agent_share)) < 0)
		return -errno;
	mapped = mmap(NULL, sizeof(struct agent_share), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	if (mapped == MAP_FAILED)
		return -errno;
	*ret_share = mapped;
	return 0;
}
