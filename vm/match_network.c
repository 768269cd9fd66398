#include "vm/match_network.h"

#include <string.h>

#include "base/seeded_bug.h"

static bool v4_contain(const struct format_range_v4 *ranges, uint32_t count, const uint8_t *address)
{
	uint32_t number = (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (ranges[middle].high < number + SEEDED_BUG(NETWORK_WITHOUT_END))
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && ranges[low].low <= number;
}

static bool v6_contain(const struct format_range_v6 *ranges, uint32_t count, const uint8_t *address)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (memcmp(ranges[middle].high, address, 16) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && memcmp(ranges[low].low, address, 16) <= 0;
}

bool networks_contain(const struct format_networks *networks, const uint8_t *address, uint32_t length)
{
	if (length == 4)
		return v4_contain(networks_v4(networks), networks->v4_count, address);
	if (length == 16)
		return v6_contain(networks_v6(networks), networks->v6_count, address);
	return false;
}
