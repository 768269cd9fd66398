/*
 * Random events of all types against the state: well-formed ones over small pools of ids, descriptors, paths and addresses,
 * so that they meet, and damaged ones. After each run of events every link between threads and groups is checked.
 *
 *	fuzz_state [SEED [EVENTS]]
 *
 * Built with the sanitizers it also finds what is read or freed wrongly.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "event/state/state.h"
#include "tests/support/random.h"
#include "tests/support/state_invariants.h"

#define TIDS 40
#define EVENTS_DEFAULT 200000
#define EVENTS_PER_CHECK 500
#define BYTES_MAX 6000

static struct random_source source;

static uint32_t below(uint32_t bound)
{
	return random_below(&source, bound);
}

static bool one_in(uint32_t n)
{
	return below(n) == 0;
}

/* ---- parameters ---- */

static const char *const texts[] = {
	"", "<NA>", "/", ".", "..", "x", "../..", "/etc/passwd", "a/./b/../c", "//x//y/", "/tmp/", "sh", "bash", "\xff\xfe", "container",
	"container_removed", "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0123456789ab",
	"{\"container\":{\"id\":\"0123456789ab\",\"labels\":{\"a\":\"\\u00e9\"},\"Mounts\":[{\"Source\":\"/\"}]}}",
	"{\"container\":{\"id\":\"c2\",\"type\":7,\"ip\":\"10.0.0.1\"}}", "{\"container\":",
};

static const char lists[][64] = {
	"cpu=/docker/0123\0memory_cgroup=/\0", "A=1\0B=\0=\0", "one\0\0two\0", "no equals", "cpu=/\0broken\0",
};

static size_t put_text(uint8_t *bytes)
{
	const char *text = texts[below(sizeof texts / sizeof texts[0])];
	size_t length = strlen(text) + 1;

	if (one_in(200)) {
		length = 1 + below(BYTES_MAX - 1);
		memset(bytes, one_in(2) ? 'x' : '/', length);
		return length;
	}
	memcpy(bytes, text, length);
	return one_in(50) ? length - 1 : length;
}

static void put_end(uint8_t *bytes, size_t address_bytes)
{
	memset(bytes, 0, address_bytes);
	if (!one_in(4))
		bytes[address_bytes - 1] = (uint8_t)below(3);
	if (address_bytes == 16 && one_in(3))
		bytes[10] = bytes[11] = 0xff;
	store_u16(bytes + address_bytes, (uint16_t)below(4));
}

static size_t put_addresses(uint8_t *bytes, unsigned ends)
{
	static const uint8_t families[] = {1, 2, 2, 10, 10, 16, 0};
	size_t address_bytes, length;

	bytes[0] = families[below(sizeof families)];
	if (bytes[0] == 1) {
		length = ends == 2 ? 16 : 0;
		memset(bytes + 1, (int)below(3), length);
		return 1 + length + put_text(bytes + 1 + length);
	}
	address_bytes = bytes[0] == 2 ? 4 : 16;
	for (unsigned i = 0; i < ends; i++)
		put_end(bytes + 1 + i * (address_bytes + 2), address_bytes);
	return 1 + ends * (address_bytes + 2);
}

static int64_t some_number(uint8_t type)
{
	switch (type) {
	case TYPE_PID:
	case TYPE_PID32:
		return (int64_t)below(TIDS) - 1;
	case TYPE_FD:
	case TYPE_FD32:
		return one_in(10) ? -100 : one_in(50) ? INT64_MAX : (int64_t)below(12) - 1;
	case TYPE_ERRNO:
		return one_in(4) ? -(int64_t)below(133) : (int64_t)below(3);
	default:
		if (one_in(20))
			return (int64_t)random_next(&source);
		/* Bits that mean something: clone, open and other flags. */
		return one_in(2) ? (int64_t)below(40) : (int64_t)1 << below(32);
	}
}

static size_t put_value(uint8_t *bytes, const struct event_parameter_info *info)
{
	switch (info->type) {
	case TYPE_CHARBUF:
	case TYPE_FSPATH:
	case TYPE_FSRELPATH:
		return put_text(bytes);
	case TYPE_BYTEBUF:
		if (one_in(3))
			return put_text(bytes);
		memcpy(bytes, lists[below(sizeof lists / sizeof lists[0])], sizeof lists[0]);
		return 1 + below(sizeof lists[0] - 1);
	case TYPE_SOCKADDR:
		return put_addresses(bytes, 1);
	case TYPE_SOCKTUPLE:
		return put_addresses(bytes, 2);
	case TYPE_FDLIST:
	case TYPE_DYN:
		memset(bytes, (int)below(4), 20);
		return below(21);
	default:
		store_u64(bytes, (uint64_t)some_number(info->type));
		return type_size_bytes(info->type);
	}
}

/* Half of all events are of the types that do most. */
static const uint16_t favourites[] = {
	EVENT_SYSCALL_CLONE_20_X, EVENT_SYSCALL_CLONE_20_X, EVENT_SYSCALL_CLONE3_X,   EVENT_SYSCALL_VFORK_20_X,
	EVENT_SYSCALL_EXECVE_19_X, EVENT_PROCEXIT_1_E,	    EVENT_PROCEXIT_1_E,	      EVENT_SYSCALL_OPENAT_2_X,
	EVENT_SYSCALL_OPENAT_2_E, EVENT_SYSCALL_CLOSE_X,    EVENT_SYSCALL_DUP2_X,     EVENT_SOCKET_SOCKET_X,
	EVENT_SOCKET_CONNECT_X,	  EVENT_SOCKET_BIND_X,	    EVENT_SOCKET_SENDTO_X,    EVENT_SOCKET_RECVMSG_X,
	EVENT_SYSCALL_PRCTL_X,	  EVENT_ASYNCEVENT_E,	    EVENT_SYSCALL_CHDIR_X,    EVENT_SYSCALL_CLOSE_RANGE_X,
	EVENT_SOCKET_CONNECT_E,	  EVENT_SYSCALL_PIDFD_OPEN_X, EVENT_SYSCALL_PIDFD_GETFD_X, EVENT_SYSCALL_FCNTL_X,
};

static uint8_t parameter_bytes[EVENT_PARAMETERS_MAX * (BYTES_MAX + 64)];

static void make_event(struct event *event)
{
	uint64_t number = event->number + 1, timestamp_ns = event->timestamp_ns + below(900000000);
	size_t used = 0;

	*event = (struct event){.number = number, .timestamp_ns = timestamp_ns};
	event->type = one_in(2) ? favourites[below(sizeof favourites / sizeof favourites[0])] :
				  (uint16_t)below(EVENT_ID_COUNT);
	event->thread_id = one_in(100) ? (int64_t)random_next(&source) : (int64_t)below(TIDS) - 1;
	event->stage = one_in(10) ? STAGE_ENTER : STAGE_EXIT;
	event->parameter_count = (uint8_t)event_parameter_count(event->type);
	for (unsigned i = 0; i < event->parameter_count; i++) {
		uint8_t *bytes = parameter_bytes + used;
		size_t length = put_value(bytes, event_parameter_info(event->type, i));

		if (one_in(15))
			length = 0;
		if (one_in(100))
			length = below((uint32_t)length + 1);
		event->parameters[i] = (struct event_parameter){bytes, (uint32_t)length, PARAMETER_PRESENT};
		if (event->stage == STAGE_ENTER && one_in(3))
			event->parameters[i].state = PARAMETER_UNKNOWN;
		used += length;
	}
	if (one_in(30))
		event->parameter_count = (uint8_t)below(event->parameter_count + 1u);
}

/* ---- the rest of the interface ---- */

static void ask(struct state *state, struct event *event)
{
	const struct container *container = state_container(state, event);
	char buffer[PATH_BYTES_MAX];
	int64_t number;
	size_t count;

	if (event->stage == STAGE_ENTER) {
		const struct descriptor *prediction = state_predict_descriptor(state, event, &number);

		require(!prediction || descriptor_name(prediction).length < SOCKET_TEXT_BYTES_MAX, "a prediction has a name");
	}
	if (container)
		container_pod_labels(state->containers, container, &count);
	if (event->descriptor)
		require(event->thread != NULL, "a descriptor belongs to a thread");
	state_resolve_path(event->thread, (enum path_base)below(5), (int64_t)below(12) - 1, TEXT("../x/./y"), buffer);
	if (event->thread) {
		struct socket_end end = {{10, 0, 0, 1}, 5};

		state_address_is_local(state, event->thread, one_in(2) ? SOCKET_FAMILY_IPV4 : SOCKET_FAMILY_IPV6, &end);
		state_user(state, event->thread, event->thread->uid);
	}
}

static void fill_process(struct process_entry *entry, int64_t tid)
{
	*entry = PROCESS_ENTRY_INIT;
	entry->tid = tid;
	entry->pid = one_in(3) ? (int64_t)below(TIDS) : tid;
	entry->ptid = below(TIDS);
	entry->flags = one_in(3) ? CLONE_FLAG_FILES : 0;
	entry->comm = TEXT("listed");
	entry->cwd = TEXT("/");
	entry->cgroups = text_of(lists[0], sizeof lists[0]);
}

static void fill_descriptor(struct descriptor_entry *entry)
{
	*entry = (struct descriptor_entry){.number = below(12), .list_type = (uint8_t)below(24), .name = TEXT("listed")};
	put_end(entry->source.address, 4);
	entry->source.port = (uint16_t)below(4);
	entry->protocol = (uint8_t)below(6);
	entry->is_server = one_in(4);
}

static int find_process(const struct state_lookup *lookup, int64_t tid, struct process_entry *ret_entry)
{
	(void)lookup;
	if (one_in(2))
		return -ESRCH;
	fill_process(ret_entry, tid);
	return 0;
}

static int find_descriptor(const struct state_lookup *lookup, const struct thread *thread, int64_t number,
			   struct descriptor_entry *ret_entry)
{
	(void)lookup;
	(void)thread;
	if (one_in(2))
		return -EBADF;
	fill_descriptor(ret_entry);
	ret_entry->number = number;
	return 0;
}

static void add_lists(struct state *state)
{
	struct process_entry process;
	struct descriptor_entry descriptor;
	const uint8_t address[4] = {10, 0, 0, 2}, mask[4] = {255, 0, 0, 0};

	for (unsigned i = 0; i < 30; i++) {
		fill_process(&process, below(TIDS));
		state_add_process(state, &process);
		fill_descriptor(&descriptor);
		state_add_descriptor(state, below(TIDS), &descriptor);
	}
	interface_list_add(&state->interfaces, SOCKET_FAMILY_IPV4, address, mask);
}

static void run(uint64_t seed, uint64_t events, const struct state_lookup *lookup)
{
	struct state_limits limits = {.threads = 30, .descriptors_per_process = 10, .containers = 2, .users = 4};
	struct state *state = state_new(&limits, lookup);
	struct event event = {.timestamp_ns = UINT64_C(1700000000000000000)};

	if (!state)
		exit(EXIT_FAILURE);
	source.state = seed;
	add_lists(state);
	for (uint64_t i = 0; i < events; i++) {
		make_event(&event);
		state_apply(state, &event);
		ask(state, &event);
		if (i % EVENTS_PER_CHECK == 0)
			check_state(state);
		if (one_in(20000)) {
			if (one_in(2))
				state_reset(state);
			add_lists(state);
		}
	}
	check_state(state);
	require(thread_count(state->threads) <= limits.threads, "the thread limit");
	require(container_table_count(state->containers) <= limits.containers, "the container limit");
	require(state->counters.threads_added > events / 1000, "the events did something");
	state_free(state);
}

int main(int argc, char **argv)
{
	const struct state_lookup lookup = {.find_process = find_process, .find_descriptor = find_descriptor};
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t events = argc > 2 ? strtoull(argv[2], NULL, 0) : EVENTS_DEFAULT;

	run(seed, events, NULL);
	run(seed + 1, events, &lookup);
	printf("seed %" PRIu64 ": %" PRIu64 " events with and without look-ups\n", seed, events);
	return EXIT_SUCCESS;
}
