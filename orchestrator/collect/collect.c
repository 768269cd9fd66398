#include "orchestrator/collect/collect.h"

#include <errno.h>
#include <string.h>

#include "orchestrator/store/store.h"
#include "proto/message_codec.h"

#define ALERT_BYTES_MAX ((size_t)1 << 20)
#define RULE_NAME_BYTES_MAX 4096
#define PRIORITY_LOWEST 7

static const struct message_limits alert_limits = {
	.message_bytes = ALERT_BYTES_MAX, .string_bytes = RULE_NAME_BYTES_MAX, .repeated_count = 16};

int collect_alerts(struct batch *batch, const Tercel__Link__DeliverAlerts *delivery, struct collect_result *ret_result)
{
	struct collect_result result = {0};
	int error = batch_begin_write(batch);

	for (size_t i = 0; error == 0 && i < delivery->n_alerts; i++) {
		struct text bytes = text_of((const char *)delivery->alerts[i].data, delivery->alerts[i].len);
		ProtobufCMessage *message;
		Tercel__Link__Alert *alert;
		bool is_new = false;

		error = message_unpack(&tercel__link__alert__descriptor, bytes, &alert_limits, &message);
		if (error == -ENOMEM)
			break;
		if (error < 0) {
			result.malformed++;
			error = 0;
			continue;
		}
		alert = (Tercel__Link__Alert *)message;
		/* One line each, or somebody could write lines of others. */
		if (memchr(alert->json.data, '\n', alert->json.len)) {
			result.malformed++;
			message_free(message);
			continue;
		}
		error = store_add_alert(batch->store,
					&(struct store_alert){
						.agent_id = text_from_string(delivery->agent->agent_id),
						.start_id = delivery->agent->start_id,
						.sequence = alert->sequence,
						.time_ns = alert->time_ns,
						.priority = alert->priority > PRIORITY_LOWEST ? PRIORITY_LOWEST : alert->priority,
						.rule = text_from_string(alert->rule),
						.source = text_from_string(alert->source),
						.json = text_of((const char *)alert->json.data, alert->json.len),
					},
					&is_new);
		if (error == 0) {
			result.stored += is_new;
			result.duplicates += !is_new;
			if (alert->sequence > result.last_sequence)
				result.last_sequence = alert->sequence;
		}
		message_free(message);
	}
	if (error == 0)
		*ret_result = result;
	return error;
}
