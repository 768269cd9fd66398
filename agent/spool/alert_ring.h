/*
 * Alerts on their way from capture to uplink: a ring of records in shared memory (a memfd that init holds, or a file in
 * the spool directory), one producer and one consumer, which may each be killed at any moment and replaced.
 *
 * The consumer reads ahead with a cursor of its own and releases what the orchestrator has acknowledged; whatever was not
 * released is still there for the next consumer. Positions are byte counts since the beginning and never wrap in
 * practice. Neither side trusts the other's words: every position and length is checked against the capacity.
 */
#ifndef TERCEL_AGENT_SPOOL_ALERT_RING_H
#define TERCEL_AGENT_SPOOL_ALERT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define ALERT_RING_CAPACITY_DEFAULT ((size_t)32 << 20) /* bytes; pages are used only once they are written */
#define ALERT_RING_RECORD_MAX ((size_t)1 << 20)

struct alert_ring_header;

struct alert_ring {
	struct alert_ring_header *header; /* shared */
	uint8_t *records;		  /* shared, capacity_bytes */
	size_t capacity_bytes;
};

struct alert_ring_record {
	uint64_t sequence;
	struct text bytes; /* in the ring: valid until it is released */
};

/*
 * Gives the file behind `descriptor` the size of a ring and maps it. A file that holds a ring of that capacity already is
 * taken over with its records (a spool that outlived its agent); anything else is overwritten. 0 or a negative errno.
 * The descriptor stays the caller's.
 */
int alert_ring_create(int descriptor, size_t capacity_bytes, struct alert_ring *ret_ring);

/*
 * A ring in the file `path`, made when it is not there: the disk's room is taken at once (a page that cannot be written later
 * would be a SIGBUS), and the file locked against another agent. 0 and *ret_descriptor, or a negative errno: -EWOULDBLOCK
 * when another agent has it.
 */
int alert_ring_create_file(const char *path, size_t capacity_bytes, struct alert_ring *ret_ring, int *ret_descriptor);

/* Maps a ring that somebody else created. -EBADMSG when the file is none. */
int alert_ring_open(int descriptor, struct alert_ring *ret_ring);

void alert_ring_close(struct alert_ring *ring); /* unmaps; the records stay */

/*
 * Producer. 0; -ENOSPC when there is no room, which counts the alert as lost; -EMSGSIZE above ALERT_RING_RECORD_MAX or a
 * quarter of the capacity, likewise. Never blocks.
 */
int alert_ring_append(struct alert_ring *ring, uint64_t sequence, struct text bytes);

/* Counts an alert that was lost before it reached the ring. */
void alert_ring_count_lost(struct alert_ring *ring);

/*
 * Consumer. Start with *cursor = alert_ring_released(ring). 1: *ret_record is the record at the cursor, which moves behind it;
 * 0: nothing there yet; -EBADMSG: the ring is damaged at the cursor, which moves to the newest end (what is skipped counts as
 * lost).
 */
int alert_ring_read(struct alert_ring *ring, uint64_t *cursor, struct alert_ring_record *ret_record);

/* Consumer: everything before `cursor` is acknowledged and its room free. */
void alert_ring_release(struct alert_ring *ring, uint64_t cursor);

uint64_t alert_ring_released(const struct alert_ring *ring);
bool alert_ring_is_empty(const struct alert_ring *ring);
uint64_t alert_ring_lost(const struct alert_ring *ring);
/*
 * Which start of the agent the records belong to: their identity is (agent, start, sequence). A ring that is taken over goes
 * on under the start that it was made for; a new one is given `start_id`. Returns the one that counts.
 */
uint64_t alert_ring_adopt_start(struct alert_ring *ring, uint64_t start_id);
uint64_t alert_ring_last_sequence(const struct alert_ring *ring); /* of the last append; 0: none yet */

/*
 * Consumer: sleeps until something was appended behind `cursor`; false when timeout_ms passed or somebody called
 * alert_ring_wake(). No wake-ups between.
 */
bool alert_ring_wait(struct alert_ring *ring, uint64_t cursor, int timeout_ms);

/* Ends the consumer's wait: there is something else to look at. */
void alert_ring_wake(struct alert_ring *ring);

/* Init, at the end: sleeps until everything is released; false when timeout_ms passed. */
bool alert_ring_wait_empty(struct alert_ring *ring, int timeout_ms);

#endif
