/*
 * The orchestrator's one loop: requests from the link, answered in batches; long-polls parked until something changes;
 * sinks run after every commit.
 */
#ifndef TERCEL_ORCHESTRATOR_SYNC_SERVICE_H
#define TERCEL_ORCHESTRATOR_SYNC_SERVICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct service;
struct trust_set;

/* What an agent's alerts must have survived before it may forget them. */
enum acknowledge_policy {
	ACKNOWLEDGE_DISK, /* a commit to the database */
	ACKNOWLEDGE_SINK, /* being passed on: for hosts whose disk is ephemeral */
};

struct service_options {
	const char *state_directory;
	const struct trust_set *trust; /* borrowed */
	const char *const *urls;
	size_t url_count;
	struct text token; /* empty: none is asked for */
	int alerts_descriptor; /* JSON lines */
	enum acknowledge_policy acknowledge;
	uint64_t keep_alerts, keep_s; /* alerts that stay: the newest so many, those of the last seconds; 0: all */
};

/* 0; a negative errno, with a sentence in `error`. */
int service_open(const struct service_options *options, struct service **ret_service, char *error, size_t error_bytes);
struct service *service_free(struct service *service);

/* The port of the first URL: for "port 0". */
int service_port(const struct service *service);

/*
 * Works until `stop_descriptor` becomes readable. 0, or a negative errno when standard output failed for good
 * (service_error() says how). When the database fails, as on a full disk, it goes on: nothing is acknowledged, and the status
 * says so, until it works again.
 */
int service_run(struct service *service, int stop_descriptor);
const char *service_error(const struct service *service);

#endif
