#include "catalog/catalog.h"

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	uint16_t port;
	bool tcp, udp;
} ports[] = {
#define PORT_NAME(name, port, tcp, udp) {name, port, tcp, udp},
#include "catalog/ports.def"
#undef PORT_NAME
};

/* "echo" is a port of AppleTalk too, "dicom" has two of TCP: the first of TCP or UDP is meant. */
int port_by_name(struct text name)
{
	int found = -1;

	for (size_t i = 0; i < ARRAY_LENGTH(ports); i++) {
		if (!text_is(name, ports[i].name))
			continue;
		if (ports[i].tcp || ports[i].udp)
			return ports[i].port;
		if (found < 0)
			found = ports[i].port;
	}
	return found;
}

const char *port_name(uint16_t port, bool is_udp)
{
	size_t low = 0, high = ARRAY_LENGTH(ports);

	/* To the first row of the port: rows are ascending by port, a name before its aliases. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ports[middle].port < port)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < ARRAY_LENGTH(ports) && ports[low].port == port; low++)
		if (is_udp ? ports[low].udp : ports[low].tcp)
			return ports[low].name;
	return NULL;
}
