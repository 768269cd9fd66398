/*
 * The way to an orchestrator through an HTTP proxy. nng connects by itself, so it is given a port of ours on loopback; what
 * comes there goes through a tunnel that the proxy opens (CONNECT, RFC 9110, section 9.3.6). With TLS the proxy and the
 * relay pass on what they cannot read.
 */
#ifndef TERCEL_PROTO_LINK_PROXY_RELAY_H
#define TERCEL_PROTO_LINK_PROXY_RELAY_H

#include <stdbool.h>

/* Whether it is http://[USER:PASSWORD@]HOST:PORT; no name is looked up. */
bool proxy_relay_takes_url(const char *proxy_url);

/*
 * Starts a relay to `target` ("HOST:PORT", a name that the proxy looks up) and gives its port. It runs to the end of the
 * process, and only for this process: others that connect to the port are turned away. 0, or a negative errno.
 */
int proxy_relay_start(const char *proxy_url, const char *target, int *ret_port);

#endif
