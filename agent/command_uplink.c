/* `tercel-agent uplink`: what init executes for itself; its descriptors are where agent/init/uplink_process.c puts them. */
#include <netdb.h>
#include <nss.h>
#include <unistd.h>

#include "agent/commands.h"
#include "agent/init/uplink_process.h"
#include "agent/uplink/uplink.h"
#include "base/buffer.h"
#include "base/exit_status.h"
#include "base/log.h"

static const char *url, *proxy_url, *agent_id = "", *container_id = "", *channel = "";
static uint64_t start_id;
static struct option_list labels;

static const struct option options[] = {
	{"orchestrator", 0, OPTION_STRING, &url, "URL", NULL, "The orchestrator."},
	{"proxy", 0, OPTION_STRING, &proxy_url, "URL", NULL, "The way to it."},
	{"agent-id", 0, OPTION_STRING, &agent_id, "ID", NULL, "Who we are."},
	{"start-id", 0, OPTION_NUMBER, &start_id, "NUMBER", NULL, "Which start of the agent this is."},
	{"container-id", 0, OPTION_STRING, &container_id, "ID", NULL, "Where the workload runs."},
	{"channel", 0, OPTION_STRING, &channel, "NAME", NULL, "Which bundles are wanted."},
	{"label", 0, OPTION_LIST, &labels, "KEY=VALUE", NULL, "Passed on; may be repeated."},
	{0},
};

static int run_uplink(int count, char **arguments, void *context)
{
	char token[TOKEN_BYTES_MAX];
	static char authorities[AUTHORITIES_BYTES_MAX];
	ssize_t token_bytes = read(HANDED_TOKEN, token, sizeof token);
	ssize_t authorities_bytes = read(HANDED_AUTHORITIES, authorities, sizeof authorities);
	struct uplink_options uplink = {.url = url,
					.token = text_of(token, token_bytes > 0 ? (size_t)token_bytes : 0),
					.proxy_url = proxy_url,
					.authorities = text_of(authorities, authorities_bytes > 0 ? (size_t)authorities_bytes : 0),
					.agent_id = agent_id,
					.start_id = start_id,
					.container_id = container_id,
					.engine = "trace",
					.channel = channel,
					.labels = labels.values,
					.label_count = labels.count,
					.ring_descriptor = HANDED_RING,
					.share_descriptor = HANDED_SHARE,
					.control_socket = HANDED_CONTROL,
					.stop_descriptor = HANDED_STOP};

	(void)count;
	(void)arguments;
	(void)context;
#ifdef TERCEL_IS_STATIC
	/* Names are looked up by what is linked in: modules for it in a container's image are for another C library. */
	__nss_configure_lookup("hosts", "files dns");
#endif
	if (!url || token_bytes < 0 || authorities_bytes < 0) {
		log_error("this command is for `tercel-agent run` alone");
		return EXIT_STATUS_USAGE;
	}
	close(HANDED_TOKEN);
	close(HANDED_AUTHORITIES);
	return uplink_run(&uplink);
}

struct command command_uplink(void)
{
	return (struct command){
		.name = "uplink",
		.arguments = "",
		.help = "(started by run: speaks to the orchestrator)",
		.options = options,
		.run = run_uplink,
	};
}
