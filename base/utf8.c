#include "base/utf8.h"

int utf8_sequence(const uint8_t *bytes, size_t left)
{
	uint8_t lead = bytes[0];
	uint8_t low = 0x80, high = 0xbf; /* of the second byte */
	int length;

	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return -1;
	length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	for (int i = 1; i < length; i++) {
		if ((size_t)i >= left || bytes[i] < low || bytes[i] > high)
			return -i;
		low = 0x80;
		high = 0xbf;
	}
	return length;
}

bool utf8_is_valid(struct text t)
{
	size_t at = 0;

	while (at < t.length) {
		int length = utf8_sequence((const uint8_t *)t.bytes + at, t.length - at);

		if (length < 0)
			return false;
		at += (size_t)length;
	}
	return true;
}

bool utf8_is_printable(struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		if ((uint8_t)t.bytes[i] < 0x20 || t.bytes[i] == 0x7f)
			return false;
	}
	return utf8_is_valid(t);
}
