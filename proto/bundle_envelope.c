#include "proto/bundle_envelope.h"

#include "base/bytes.h"

/* A field's first byte: its number and "length and bytes follow" (protobuf encoding guide). */
#define TAG(field) ((uint8_t)((field) << 3 | 2))
#define TAG_MANIFEST TAG(1)
#define TAG_SIGNATURE TAG(2)
#define TAG_PROGRAM TAG(3)
#define TAG_KEY_ID TAG(1)
#define TAG_SIGNATURE_BYTES TAG(2)

#define SIGNATURE_MESSAGE_BYTES (2 + KEY_ID_BYTES + 2 + SIGNATURE_BYTES)

/* At most five bytes are ever needed; the shortest form only. Malformed lengths come out as above every limit. */
static uint64_t read_length(struct byte_reader *reader)
{
	uint64_t length = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t byte = byte_reader_u8(reader);

		length |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return byte == 0 && shift > 0 ? UINT64_MAX : length;
	}
	return UINT64_MAX;
}

/* The bytes of the next field, which must have this tag. */
static enum bundle_refusal_code read_field(struct byte_reader *reader, uint8_t tag, size_t limit_bytes,
					   const char *what, struct text *ret_value, struct bundle_refusal *ret_refusal)
{
	uint8_t found = byte_reader_u8(reader);
	uint64_t length;

	if (reader->failed)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_TRUNCATED, "before the %s", what);
	if (found != tag)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "no %s where it should be", what);
	length = read_length(reader);
	if (reader->failed)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_TRUNCATED, "before the %s", what);
	if (length == UINT64_MAX)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "the %s has no valid length", what);
	if (length > limit_bytes)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_TOO_LARGE, "the %s has %llu bytes, the limit is %zu",
				     what, (unsigned long long)length, limit_bytes);
	if (length > byte_reader_left(reader))
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_TRUNCATED, "in the %s: %zu bytes of %llu", what,
				     byte_reader_left(reader), (unsigned long long)length);
	*ret_value = byte_reader_text(reader, length);
	return BUNDLE_REFUSAL_NONE;
}

static enum bundle_refusal_code read_signature(struct text message, struct envelope_signature *ret_signature,
					       struct bundle_refusal *ret_refusal)
{
	struct byte_reader reader = byte_reader_of(message.bytes, message.length);

	if (message.length != SIGNATURE_MESSAGE_BYTES || byte_reader_u8(&reader) != TAG_KEY_ID ||
	    byte_reader_u8(&reader) != KEY_ID_BYTES)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "a signature has another form");
	ret_signature->key_id = byte_reader_take(&reader, KEY_ID_BYTES);
	if (byte_reader_u8(&reader) != TAG_SIGNATURE_BYTES || byte_reader_u8(&reader) != SIGNATURE_BYTES)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "a signature has another form");
	ret_signature->bytes = byte_reader_take(&reader, SIGNATURE_BYTES);
	return BUNDLE_REFUSAL_NONE;
}

enum bundle_refusal_code bundle_envelope_read(struct text bytes, struct bundle_envelope *ret_envelope,
					      struct bundle_refusal *ret_refusal)
{
	struct byte_reader reader = byte_reader_of(bytes.bytes, bytes.length);
	enum bundle_refusal_code code;

	if (bytes.length > BUNDLE_BYTES_MAX)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_TOO_LARGE, "it has %zu bytes, the limit is %zu",
				     bytes.length, BUNDLE_BYTES_MAX);
	ret_envelope->signature_count = 0;
	code = read_field(&reader, TAG_MANIFEST, BUNDLE_MANIFEST_BYTES_MAX, "manifest", &ret_envelope->manifest,
			  ret_refusal);
	while (!code && byte_reader_left(&reader) > 0 && *reader.at == TAG_SIGNATURE) {
		struct text message = TEXT_EMPTY;

		if (ret_envelope->signature_count == BUNDLE_SIGNATURES_MAX)
			return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_TOO_LARGE, "it has more than %zu signatures",
					     BUNDLE_SIGNATURES_MAX);
		code = read_field(&reader, TAG_SIGNATURE, SIGNATURE_MESSAGE_BYTES, "signature", &message, ret_refusal);
		if (!code)
			code = read_signature(message, &ret_envelope->signatures[ret_envelope->signature_count++],
					      ret_refusal);
	}
	if (!code)
		code = read_field(&reader, TAG_PROGRAM, BUNDLE_PROGRAM_BYTES_MAX, "program", &ret_envelope->program,
				  ret_refusal);
	if (!code && byte_reader_left(&reader) > 0)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "%zu bytes follow its end",
				     byte_reader_left(&reader));
	return code;
}
