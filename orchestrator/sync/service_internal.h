/* Shared by the files of the service: one per kind of call. */
#ifndef TERCEL_ORCHESTRATOR_SYNC_SERVICE_INTERNAL_H
#define TERCEL_ORCHESTRATOR_SYNC_SERVICE_INTERNAL_H

#include <stdbool.h>

#include "base/clock.h"
#include "link.pb-c.h"
#include "orchestrator/collect/batch.h"
#include "orchestrator/sinks/sink_stdout.h"
#include "orchestrator/store/store.h"
#include "orchestrator/sync/service.h"
#include "proto/link/link_server.h"

enum service_counter {
#define COUNTER(constant, name, meaning) COUNTER_##constant,
#include "orchestrator/counters.def"
#undef COUNTER
	COUNTER_COUNT,
};

#define REQUEST_BYTES_MAX ((size_t)4 << 20)
#define CHUNK_BYTES_MAX ((size_t)256 << 10)
#define BUNDLE_FILE_BYTES_MAX ((uint64_t)16 << 20)
#define WAIT_MS_MAX 60000u
#define UPLOADS_MAX 4
#define UPLOAD_IDLE_NS (60 * NS_PER_S)
#define HEARTBEAT_INTERVAL_MS 10000
#define REMOVAL_INTERVAL_NS (10 * NS_PER_S)
#define REMOVED_AT_ONCE_MAX 2000
#define STORE_RETRY_NS NS_PER_S

enum parked_kind {
	PARKED_FOR_BUNDLE,
	PARKED_FOR_ALERTS,
	PARKED_FOR_SINK, /* a delivery that is acknowledged when its alerts are passed on */
};

/* A request that is answered when something has happened, or when its time is over. */
struct parked {
	struct link_request *request;
	uint64_t deadline_ns; /* monotonic */
	enum parked_kind kind;
	/* for a bundle */
	char *channel;
	uint8_t known_digest[STORE_DIGEST_BYTES];
	/* for alerts; for a sink: passed on up to this one */
	uint64_t after_id;
	uint32_t limit;
	/* for a sink */
	bool is_committed;
	uint64_t last_sequence, duplicates;
};

/* A bundle that arrives in pieces, in order. */
struct upload {
	uint8_t digest[STORE_DIGEST_BYTES];
	uint64_t total_bytes;
	struct buffer bytes;
	uint64_t touched_ns; /* monotonic; 0: free */
};

struct service {
	struct service_options options;
	struct store *store;
	struct link_server *server;
	struct batch batch;
	struct sink_stdout alerts_out;
	uint64_t counters[COUNTER_COUNT];
	struct parked *parked;
	size_t parked_count, parked_capacity;
	struct upload uploads[UPLOADS_MAX];
	bool has_new_alerts, has_new_bundle;
	bool was_parked; /* the request at hand */
	char *token;
	char error[256];
	/* Why the store cannot be written to at present, and since when; empty: it can. */
	char store_problem[256];
	uint64_t store_problem_ns;
	bool has_failed_write; /* a request of the batch at hand */
	uint64_t removal_due_ns; /* monotonic */
};

/*
 * A handler fills `response` (packed right afterwards, so it may point to its own stack's callees' statics only through
 * service memory) or parks the request. A negative errno of the store makes the answer "unavailable".
 */
int service_answer_now(struct service *service, struct link_request *request, const Tercel__Link__Response *response);
/* Takes the request over; it is answered later. False when no more can wait: answer it now. */
bool service_park(struct service *service, const struct parked *parked);

/* agents.c */
int handle_register(struct service *service, struct link_request *request, const Tercel__Link__Register *call);
int handle_heartbeat(struct service *service, struct link_request *request, const Tercel__Link__Heartbeat *call);
/* bundles.c */
int handle_wait_for_bundle(struct service *service, struct link_request *request, const Tercel__Link__WaitForBundle *call);
int handle_pull_chunk(struct service *service, struct link_request *request, const Tercel__Link__PullChunk *call);
/* Answers the parked request if there is something to say, or if it has waited long enough. True: answered. */
bool answer_parked_bundle(struct service *service, struct parked *parked, bool is_late);
/* publish.c */
int handle_publish_chunk(struct service *service, struct link_request *request, const Tercel__Link__PublishChunk *call);
void drop_idle_uploads(struct service *service);
/* queries.c */
int handle_status_query(struct service *service, struct link_request *request);
int handle_alerts_query(struct service *service, struct link_request *request, const Tercel__Link__AlertsQuery *call);
bool answer_parked_alerts(struct service *service, struct parked *parked, bool is_late);

int service_answer_status(struct service *service, struct link_request *request, Tercel__Link__Response__Status status,
			  const char *message);
const char *service_counter_name(enum service_counter counter);

static inline ProtobufCBinaryData binary_of(const void *bytes, size_t length)
{
	union {
		const void *in;
		uint8_t *out;
	} cast = {bytes}; /* protobuf-c's type is not const; packing only reads */

	return (ProtobufCBinaryData){length, cast.out};
}

static inline char *string_of(const char *string)
{
	union {
		const char *in;
		char *out;
	} cast = {string};

	return cast.out;
}

#endif
