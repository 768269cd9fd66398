/* Whether an address lies in a set of networks (format_networks). Verified: nothing is checked here. */
#ifndef TERCEL_VM_MATCH_NETWORK_H
#define TERCEL_VM_MATCH_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/program_format.h"

static inline const struct format_range_v4 *networks_v4(const struct format_networks *networks)
{
	return (const struct format_range_v4 *)(networks + 1);
}

static inline const struct format_range_v6 *networks_v6(const struct format_networks *networks)
{
	return (const struct format_range_v6 *)(networks_v4(networks) + networks->v4_count);
}

/* `address`: 4 or 16 bytes in network order; of another length it lies in none. Families never mix. */
bool networks_contain(const struct format_networks *networks, const uint8_t *address, uint32_t length);

#endif
