/* Alerts from agents into the store. */
#ifndef TERCEL_ORCHESTRATOR_COLLECT_COLLECT_H
#define TERCEL_ORCHESTRATOR_COLLECT_COLLECT_H

#include "link.pb-c.h"
#include "orchestrator/collect/batch.h"

struct collect_result {
	uint64_t stored, duplicates, malformed;
	uint64_t last_sequence; /* the greatest that was stored or is there already */
};

/*
 * Writes the alerts of a request in the batch's transaction; what is there already is counted as a duplicate. Alerts that
 * cannot be read are counted as malformed and dropped: sending them again would not help. 0 or a negative errno of the
 * store, after which the request must not be acknowledged.
 */
int collect_alerts(struct batch *batch, const Tercel__Link__DeliverAlerts *delivery, struct collect_result *ret_result);

#endif
