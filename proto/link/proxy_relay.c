#include "proto/link/proxy_relay.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "base/file_io.h"
#include "base/text.h"

#define CONNECTIONS_MAX 8 /* nng has one, and for a moment a second one */
#define PART_BYTES_MAX 256
#define ANSWER_BYTES_MAX 8192
#define TIMEOUT_S 10
#define PIPE_BYTES ((size_t)64 << 10)
#define BASE64_BYTES_MAX (4 * (2 * PART_BYTES_MAX) / 3 + 8)

struct proxy_relay {
	int listener;
	atomic_int connections;
	char host[PART_BYTES_MAX], port[8], credentials[BASE64_BYTES_MAX], target[2 * PART_BYTES_MAX];
};

struct connection {
	struct proxy_relay *relay;
	int near; /* nng's */
};

static bool copy_part(struct text part, char *to, size_t bytes)
{
	if (part.length == 0 || part.length >= bytes)
		return false;
	for (size_t i = 0; i < part.length; i++)
		if (part.bytes[i] <= ' ' || part.bytes[i] == 0x7f)
			return false;
	memcpy(to, part.bytes, part.length);
	to[part.length] = '\0';
	return true;
}

static bool parse_url(const char *url, struct proxy_relay *relay)
{
	struct text rest = text_from_string(url);
	char user[2 * PART_BYTES_MAX];
	size_t at, colon;
	uint64_t port;

	if (!text_starts_with(rest, TEXT("http://")))
		return false;
	rest = text_slice(rest, 7, SIZE_MAX);
	if (text_ends_with(rest, TEXT("/")))
		rest.length--;
	at = text_find_last_byte(rest, '@');
	if (at != SIZE_MAX) {
		if (!copy_part(text_slice(rest, 0, at), user, sizeof user))
			return false;
		sodium_bin2base64(relay->credentials, sizeof relay->credentials, (const unsigned char *)user, strlen(user),
				  sodium_base64_VARIANT_ORIGINAL);
		rest = text_slice(rest, at + 1, SIZE_MAX);
	}
	colon = text_find_last_byte(rest, ':');
	if (colon == SIZE_MAX || !text_to_u64(text_slice(rest, colon + 1, SIZE_MAX), &port) || port == 0 || port > UINT16_MAX)
		return false;
	snprintf(relay->port, sizeof relay->port, "%" PRIu64, port);
	rest = text_slice(rest, 0, colon);
	if (rest.length > 2 && rest.bytes[0] == '[' && rest.bytes[rest.length - 1] == ']')
		rest = text_slice(rest, 1, rest.length - 2);
	return copy_part(rest, relay->host, sizeof relay->host);
}

bool proxy_relay_takes_url(const char *proxy_url)
{
	struct proxy_relay relay = {0};

	return parse_url(proxy_url, &relay);
}

/* ---- whose connection it is ---- */

static bool is_own_descriptor(uint64_t inode)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	char wanted[32], found[32];
	bool is_own = false;

	snprintf(wanted, sizeof wanted, "socket:[%" PRIu64 "]", inode);
	while (directory && !is_own && (entry = readdir(directory))) {
		ssize_t length = readlinkat(dirfd(directory), entry->d_name, found, sizeof found - 1);

		found[length > 0 ? length : 0] = '\0';
		is_own = strcmp(found, wanted) == 0;
	}
	if (directory)
		closedir(directory);
	return is_own;
}

/* Whether the other end of this connection on loopback is a socket of this process. */
static bool is_from_us(int near)
{
	struct sockaddr_in here, there;
	socklen_t here_bytes = sizeof here, there_bytes = sizeof there;
	unsigned local_port, remote_port;
	uint64_t inode;
	char line[512];
	FILE *file;
	bool is_own = false;

	if (getsockname(near, (struct sockaddr *)&here, &here_bytes) < 0 ||
	    getpeername(near, (struct sockaddr *)&there, &there_bytes) < 0)
		return false;
	file = fopen("/proc/self/net/tcp", "re");
	while (file && !is_own && fgets(line, sizeof line, file))
		is_own = sscanf(line, " %*u: %*8x:%4x %*8x:%4x %*x %*x:%*x %*x:%*x %*x %*u %*u %" SCNu64, &local_port,
				&remote_port, &inode) == 3 &&
			 local_port == ntohs(there.sin_port) && remote_port == ntohs(here.sin_port) && is_own_descriptor(inode);
	if (file)
		fclose(file);
	return is_own;
}

/* ---- the tunnel ---- */

static int connect_to_proxy(const struct proxy_relay *relay)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const struct timeval timeout = {.tv_sec = TIMEOUT_S};
	struct addrinfo *addresses;
	int descriptor = -1;

	if (getaddrinfo(relay->host, relay->port, &hints, &addresses) != 0)
		return -1;
	for (const struct addrinfo *address = addresses; address && descriptor < 0; address = address->ai_next) {
		descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (descriptor < 0)
			continue;
		/* Of connecting and of the proxy's answer. */
		setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
		setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
		if (connect(descriptor, address->ai_addr, address->ai_addrlen) < 0) {
			close(descriptor);
			descriptor = -1;
		}
	}
	freeaddrinfo(addresses);
	return descriptor;
}

/* Reads to the end of the proxy's answer, byte by byte: what comes behind it is the orchestrator's. */
static bool is_open_after_answer(int far)
{
	char answer[ANSWER_BYTES_MAX];
	size_t length = 0;

	while (length < sizeof answer && read(far, answer + length, 1) == 1) {
		length++;
		if (length >= 4 && memcmp(answer + length - 4, "\r\n\r\n", 4) == 0)
			return length > 12 && memcmp(answer, "HTTP/1.", 7) == 0 && memcmp(answer + 8, " 200", 4) == 0;
	}
	return false;
}

static int open_tunnel(const struct proxy_relay *relay)
{
	char request[2 * sizeof relay->target + sizeof relay->credentials + 128];
	bool has_credentials = relay->credentials[0] != '\0';
	int far = connect_to_proxy(relay), length;

	if (far < 0)
		return -1;
	length = snprintf(request, sizeof request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n", relay->target, relay->target,
			  has_credentials ? "Proxy-Authorization: Basic " : "", relay->credentials,
			  has_credentials ? "\r\n" : "");
	if (write_all(far, request, (size_t)length) == 0 && is_open_after_answer(far))
		return far;
	close(far);
	return -1;
}

/* What can be read from one end is written to the other; false at its end. Both directions are closed together. */
static bool pass_on(int from, int to, char *buffer)
{
	ssize_t got = read(from, buffer, PIPE_BYTES);

	return got > 0 && write_all(to, buffer, (size_t)got) == 0;
}

static void run_tunnel(int near, int far)
{
	struct pollfd polled[2] = {{near, POLLIN, 0}, {far, POLLIN, 0}};
	char *buffer = malloc(PIPE_BYTES);

	while (buffer && (poll(polled, 2, -1) > 0 || errno == EINTR)) {
		if (polled[0].revents && !pass_on(near, far, buffer))
			break;
		if (polled[1].revents && !pass_on(far, near, buffer))
			break;
	}
	free(buffer);
}

static void *serve(void *context)
{
	struct connection connection = *(struct connection *)context;
	int far = is_from_us(connection.near) ? open_tunnel(connection.relay) : -1;

	free(context);
	if (far >= 0) {
		run_tunnel(connection.near, far);
		close(far);
	}
	close(connection.near);
	atomic_fetch_sub(&connection.relay->connections, 1);
	return NULL;
}

static bool start_serving(struct proxy_relay *relay, int near)
{
	struct connection *connection = malloc(sizeof *connection);
	pthread_t thread;

	if (!connection)
		return false;
	*connection = (struct connection){relay, near};
	if (pthread_create(&thread, NULL, serve, connection) != 0) {
		free(connection);
		return false;
	}
	pthread_detach(thread);
	return true;
}

static void *accept_connections(void *context)
{
	struct proxy_relay *relay = context;

	for (;;) {
		int near = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);

		if (near < 0) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			poll(NULL, 0, 100); /* no descriptor or no memory: it will pass */
			continue;
		}
		if (atomic_fetch_add(&relay->connections, 1) < CONNECTIONS_MAX && start_serving(relay, near))
			continue;
		atomic_fetch_sub(&relay->connections, 1);
		close(near);
	}
	return NULL;
}

int proxy_relay_start(const char *proxy_url, const char *target, int *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t address_bytes = sizeof address;
	struct proxy_relay *relay = calloc(1, sizeof *relay);
	pthread_t thread;
	int error = 0;

	if (!relay)
		return -ENOMEM;
	relay->listener = -1;
	if (!parse_url(proxy_url, relay) || !copy_part(text_from_string(target), relay->target, sizeof relay->target))
		error = -EINVAL;
	if (error == 0 && ((relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
			   bind(relay->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
			   listen(relay->listener, CONNECTIONS_MAX) < 0 ||
			   getsockname(relay->listener, (struct sockaddr *)&address, &address_bytes) < 0))
		error = -errno;
	if (error == 0)
		error = -pthread_create(&thread, NULL, accept_connections, relay);
	if (error < 0) {
		if (relay->listener >= 0)
			close(relay->listener);
		free(relay);
		return error;
	}
	pthread_detach(thread);
	*ret_port = ntohs(address.sin_port);
	return 0;
}
