/* Shared by the two threads of the uplink: deliveries and heartbeats in one, bundles in the other. */
#ifndef TERCEL_AGENT_UPLINK_UPLINK_INTERNAL_H
#define TERCEL_AGENT_UPLINK_UPLINK_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/spool/agent_share.h"
#include "agent/spool/alert_ring.h"
#include "agent/spool/control.h"
#include "agent/uplink/uplink.h"
#include "link.pb-c.h"
#include "proto/link/link_client.h"

struct uplink {
	const struct uplink_options *options;
	struct link_client *client;
	struct alert_ring ring;
	struct agent_share *share;
	atomic_bool is_stopping;
	pthread_mutex_t lock; /* guards what follows */
	struct control_message status;	       /* the last that capture sent; kind 0: none yet */
	char last_answer[128]; /* the last refusal that was logged */
	uint8_t seen_digest[CONTROL_DIGEST_BYTES]; /* of the newest bundle that was handed to capture */
};

/*
 * Packs `request` (token and version are filled in), calls, unpacks. 0 and *ret_response, which message_free() releases
 * by its base; -EREMOTEIO when the orchestrator said no; another negative errno.
 */
int uplink_call(struct uplink *uplink, Tercel__Link__Request *request, int timeout_ms,
		Tercel__Link__Response **ret_response);

/* Points into the options. */
Tercel__Link__AgentIdentity uplink_identity(const struct uplink *uplink);

/* From either thread. 0 or an error as uplink_call() gives. */
int uplink_send_heartbeat(struct uplink *uplink, bool is_last);

/* The thread that waits for bundles; ends when uplink->is_stopping. */
void *uplink_follow_bundles(void *uplink);

#endif
