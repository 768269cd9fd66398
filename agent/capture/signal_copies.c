#include "agent/capture/signal_copies.h"

static bool is_copy_of(const struct signal_arrival *earlier, const struct signal_arrival *arrival)
{
	return earlier->number == arrival->number && earlier->code == arrival->code &&
	       earlier->sender == arrival->sender && earlier->is_forwarded != arrival->is_forwarded && !earlier->has_copy &&
	       arrival->time_ns - earlier->time_ns < SIGNAL_COPY_WITHIN_NS;
}

bool signal_copies_take(struct signal_copies *copies, const struct signal_arrival *arrival)
{
	for (size_t i = 0; i < SIGNAL_ARRIVALS; i++) {
		if (is_copy_of(&copies->arrivals[i], arrival)) {
			copies->arrivals[i].has_copy = true;
			return true;
		}
	}
	return false;
}

bool signal_copies_note(struct signal_copies *copies, const struct signal_arrival *arrival)
{
	struct signal_arrival *slot;

	if (signal_copies_take(copies, arrival))
		return true;
	slot = &copies->arrivals[copies->next++ % SIGNAL_ARRIVALS];
	*slot = *arrival;
	slot->has_copy = false;
	return false;
}
