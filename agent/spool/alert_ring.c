#include "agent/spool/alert_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define RING_MAGIC UINT64_C(0x31474e52414c4354) /* "TCLARNG1" */
#define RING_HEADER_BYTES ((size_t)4096)
#define RING_RECORD_ALIGNMENT ((size_t)8)
#define RING_CAPACITY_MIN ((size_t)4096)

/*
 * `head` moves only by the producer, `tail` only by the consumer. The generations are futex words: they change with every
 * append and release, and the other side is woken only if it says that it sleeps.
 */
struct alert_ring_header {
	uint64_t magic;
	uint64_t capacity_bytes;
	_Atomic uint64_t head;
	_Atomic uint64_t tail;
	_Atomic uint64_t lost;
	_Atomic uint64_t last_sequence;
	_Atomic uint64_t start_id; /* 0: not given yet */
	_Atomic uint32_t append_generation, append_sleepers;
	_Atomic uint32_t release_generation, release_sleepers;
};

_Static_assert(sizeof(struct alert_ring_header) <= RING_HEADER_BYTES, "the header fits its page");

/* In front of each record's bytes. RECORD_SKIP: nothing up to the end of the ring, go on at its beginning. */
struct record_header {
	uint64_t sequence;
	uint32_t length;
	uint32_t check; /* of position, sequence and length: what a torn or foreign write does not hit */
};

#define RECORD_SKIP UINT32_MAX

static uint32_t record_check(uint64_t position, uint64_t sequence, uint32_t length)
{
	uint64_t mixed = position * UINT64_C(0x9e3779b97f4a7c15) ^ sequence * UINT64_C(0xc2b2ae3d27d4eb4f) ^ length;

	return (uint32_t)(mixed ^ mixed >> 32);
}

static size_t record_size(size_t length)
{
	return (sizeof(struct record_header) + length + RING_RECORD_ALIGNMENT - 1) & ~(RING_RECORD_ALIGNMENT - 1);
}

static int futex(_Atomic uint32_t *word, int operation, uint32_t value, const struct timespec *timeout)
{
	return (int)syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

static void wake(_Atomic uint32_t *generation, _Atomic uint32_t *sleepers)
{
	atomic_fetch_add(generation, 1);
	if (atomic_load(sleepers) != 0)
		futex(generation, FUTEX_WAKE, INT_MAX, NULL);
}

/* False with errno set. */
static bool map_ring(int descriptor, size_t capacity_bytes, struct alert_ring *ret_ring)
{
	uint8_t *mapped = mmap(NULL, RING_HEADER_BYTES + capacity_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);

	if (mapped == MAP_FAILED)
		return false;
	*ret_ring = (struct alert_ring){(struct alert_ring_header *)(void *)mapped, mapped + RING_HEADER_BYTES,
					capacity_bytes};
	return true;
}

/* What is stored, however damaged: at most the capacity. */
static bool positions_are_sane(const struct alert_ring *ring, uint64_t head, uint64_t tail)
{
	return tail <= head && head - tail <= ring->capacity_bytes && head % RING_RECORD_ALIGNMENT == 0 &&
	       tail % RING_RECORD_ALIGNMENT == 0;
}

static bool header_is_sane(const struct alert_ring *ring)
{
	struct alert_ring_header *header = ring->header;

	return header->magic == RING_MAGIC && header->capacity_bytes == ring->capacity_bytes &&
	       positions_are_sane(ring, atomic_load(&header->head), atomic_load(&header->tail));
}

int alert_ring_create(int descriptor, size_t capacity_bytes, struct alert_ring *ret_ring)
{
	struct alert_ring ring = {0};
	struct stat status;

	capacity_bytes = (capacity_bytes + RING_HEADER_BYTES - 1) & ~(RING_HEADER_BYTES - 1);
	if (capacity_bytes < RING_CAPACITY_MIN || capacity_bytes > (size_t)INT32_MAX)
		return -EINVAL;
	if (fstat(descriptor, &status) < 0 || ftruncate(descriptor, (off_t)(RING_HEADER_BYTES + capacity_bytes)) < 0)
		return -errno;
	if (!map_ring(descriptor, capacity_bytes, &ring))
		return -errno;
	if (!header_is_sane(&ring)) {
		memset(ring.header, 0, sizeof(*ring.header));
		ring.header->capacity_bytes = capacity_bytes;
		ring.header->magic = RING_MAGIC;
	}
	atomic_store(&ring.header->append_sleepers, 0);
	atomic_store(&ring.header->release_sleepers, 0);
	*ret_ring = ring;
	return 0;
}

int alert_ring_create_file(const char *path, size_t capacity_bytes, struct alert_ring *ret_ring, int *ret_descriptor)
{
	int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), error = 0;

	if (descriptor < 0)
		return -errno;
	if (flock(descriptor, LOCK_EX | LOCK_NB) < 0)
		error = -errno;
	if (error == 0)
		error = -posix_fallocate(descriptor, 0, (off_t)(RING_HEADER_BYTES + capacity_bytes));
	if (error == 0)
		error = alert_ring_create(descriptor, capacity_bytes, ret_ring);
	if (error < 0)
		close(descriptor);
	else
		*ret_descriptor = descriptor;
	return error;
}

int alert_ring_open(int descriptor, struct alert_ring *ret_ring)
{
	struct alert_ring ring = {0};
	struct stat status;

	if (fstat(descriptor, &status) < 0)
		return -errno;
	if (status.st_size < (off_t)(RING_HEADER_BYTES + RING_CAPACITY_MIN) || status.st_size > INT32_MAX)
		return -EBADMSG;
	if (!map_ring(descriptor, (size_t)status.st_size - RING_HEADER_BYTES, &ring))
		return -errno;
	if (!header_is_sane(&ring)) {
		alert_ring_close(&ring);
		return -EBADMSG;
	}
	*ret_ring = ring;
	return 0;
}

void alert_ring_close(struct alert_ring *ring)
{
	if (ring->header)
		munmap(ring->header, RING_HEADER_BYTES + ring->capacity_bytes);
	*ring = (struct alert_ring){0};
}

void alert_ring_count_lost(struct alert_ring *ring)
{
	atomic_fetch_add(&ring->header->lost, 1);
}

static void write_record(struct alert_ring *ring, uint64_t position, uint64_t sequence, uint32_t length)
{
	struct record_header record = {sequence, length, record_check(position, sequence, length)};

	memcpy(ring->records + position % ring->capacity_bytes, &record, sizeof record);
}

int alert_ring_append(struct alert_ring *ring, uint64_t sequence, struct text bytes)
{
	struct alert_ring_header *header = ring->header;
	uint64_t head = atomic_load_explicit(&header->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&header->tail, memory_order_acquire);
	size_t size = record_size(bytes.length);
	size_t to_end = ring->capacity_bytes - head % ring->capacity_bytes;
	size_t skipped = size > to_end ? to_end : 0;
	int error = 0;

	atomic_store(&header->last_sequence, sequence);
	if (bytes.length > ALERT_RING_RECORD_MAX || size > ring->capacity_bytes / 4)
		error = -EMSGSIZE;
	else if (!positions_are_sane(ring, head, tail) || head - tail + skipped + size > ring->capacity_bytes)
		error = -ENOSPC;
	if (error < 0) {
		alert_ring_count_lost(ring);
		return error;
	}
	if (skipped >= sizeof(struct record_header))
		write_record(ring, head, 0, RECORD_SKIP);
	head += skipped;
	memcpy(ring->records + head % ring->capacity_bytes + sizeof(struct record_header), bytes.bytes, bytes.length);
	write_record(ring, head, sequence, (uint32_t)bytes.length);
	atomic_store_explicit(&header->head, head + size, memory_order_release);
	wake(&header->append_generation, &header->append_sleepers);
	return 0;
}

int alert_ring_read(struct alert_ring *ring, uint64_t *cursor, struct alert_ring_record *ret_record)
{
	uint64_t head = atomic_load_explicit(&ring->header->head, memory_order_acquire);
	struct record_header record;
	uint64_t position = *cursor;
	size_t offset, to_end;

	if (!positions_are_sane(ring, head, position))
		goto damaged;
	if (position == head)
		return 0;
	offset = position % ring->capacity_bytes;
	to_end = ring->capacity_bytes - offset;
	if (to_end < sizeof record) {
		position += to_end;
	} else {
		memcpy(&record, ring->records + offset, sizeof record);
		if (record.length == RECORD_SKIP && record.check == record_check(position, record.sequence, record.length))
			position += to_end;
	}
	offset = position % ring->capacity_bytes;
	if (position >= head || head - position < sizeof record)
		goto damaged;
	memcpy(&record, ring->records + offset, sizeof record);
	if (record.check != record_check(position, record.sequence, record.length) ||
	    record.length > ALERT_RING_RECORD_MAX || record_size(record.length) > ring->capacity_bytes - offset ||
	    record_size(record.length) > head - position)
		goto damaged;
	ret_record->sequence = record.sequence;
	ret_record->bytes = text_of((const char *)ring->records + offset + sizeof record, record.length);
	*cursor = position + record_size(record.length);
	return 1;
damaged:
	alert_ring_count_lost(ring);
	*cursor = head;
	return -EBADMSG;
}

void alert_ring_release(struct alert_ring *ring, uint64_t cursor)
{
	struct alert_ring_header *header = ring->header;
	uint64_t head = atomic_load_explicit(&header->head, memory_order_acquire);

	if (!positions_are_sane(ring, head, cursor))
		return;
	atomic_store_explicit(&header->tail, cursor, memory_order_release);
	wake(&header->release_generation, &header->release_sleepers);
}

uint64_t alert_ring_released(const struct alert_ring *ring)
{
	return atomic_load(&ring->header->tail);
}

bool alert_ring_is_empty(const struct alert_ring *ring)
{
	return atomic_load(&ring->header->tail) == atomic_load(&ring->header->head);
}

uint64_t alert_ring_lost(const struct alert_ring *ring)
{
	return atomic_load(&ring->header->lost);
}

uint64_t alert_ring_adopt_start(struct alert_ring *ring, uint64_t start_id)
{
	if (atomic_load(&ring->header->last_sequence) == 0 || atomic_load(&ring->header->start_id) == 0)
		atomic_store(&ring->header->start_id, start_id);
	return atomic_load(&ring->header->start_id);
}

uint64_t alert_ring_last_sequence(const struct alert_ring *ring)
{
	return atomic_load(&ring->header->last_sequence);
}

/* Sleeps until the generation is another than `seen`; false when the deadline has passed. */
static bool sleep_on(_Atomic uint32_t *generation, _Atomic uint32_t *sleepers, uint32_t seen, uint64_t deadline_ns)
{
	uint64_t now_ns = clock_monotonic_ns();
	struct timespec left;

	if (now_ns >= deadline_ns)
		return false;
	left.tv_sec = (time_t)((deadline_ns - now_ns) / NS_PER_S);
	left.tv_nsec = (long)((deadline_ns - now_ns) % NS_PER_S);
	atomic_fetch_add(sleepers, 1);
	futex(generation, FUTEX_WAIT, seen, &left);
	atomic_fetch_sub(sleepers, 1);
	return true;
}

static uint64_t deadline_after(int timeout_ms)
{
	return clock_monotonic_ns() + (uint64_t)timeout_ms * NS_PER_MS;
}

/* Both waits read the generation before they look: what happens in between changes it, and the sleep ends at once. */
bool alert_ring_wait(struct alert_ring *ring, uint64_t cursor, int timeout_ms)
{
	struct alert_ring_header *header = ring->header;
	uint64_t deadline_ns = deadline_after(timeout_ms);
	uint32_t seen = atomic_load(&header->append_generation);

	while (atomic_load(&header->head) == cursor)
		if (atomic_load(&header->append_generation) != seen ||
		    !sleep_on(&header->append_generation, &header->append_sleepers, seen, deadline_ns))
			return false;
	return true;
}

void alert_ring_wake(struct alert_ring *ring)
{
	wake(&ring->header->append_generation, &ring->header->append_sleepers);
}

bool alert_ring_wait_empty(struct alert_ring *ring, int timeout_ms)
{
	struct alert_ring_header *header = ring->header;
	uint64_t deadline_ns = deadline_after(timeout_ms);

	for (;;) {
		uint32_t seen = atomic_load(&header->release_generation);

		if (alert_ring_is_empty(ring))
			return true;
		if (!sleep_on(&header->release_generation, &header->release_sleepers, seen, deadline_ns))
			return false;
	}
}
