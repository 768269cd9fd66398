#include "instrument/document/json_scan.h"

#include <string.h>

#include "base/utf8.h"

struct scanner {
	struct text source;
	size_t at;
	struct arena *arena;
	struct report *report;
	unsigned depth;
};

static struct node *scan_value(struct scanner *scanner);

static void *fault(struct scanner *scanner, size_t offset, const char *message)
{
	report_at(scanner->report, SEVERITY_ERROR, offset, "%s", message);
	return NULL;
}

static void skip_blanks(struct scanner *scanner)
{
	while (scanner->at < scanner->source.length && memchr(" \t\n\r", scanner->source.bytes[scanner->at], 4))
		scanner->at++;
}

/* The next byte, or 0 at the end. */
static char peek(const struct scanner *scanner)
{
	return scanner->at < scanner->source.length ? scanner->source.bytes[scanner->at] : '\0';
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static int hex_digit(char byte)
{
	if (is_digit(byte))
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* Four digits behind a "\u" that begins at `at`; -1 when they are not there. */
static int32_t read_code_unit(const struct scanner *scanner, size_t at)
{
	int32_t code = 0;

	if (scanner->source.length - at < 6 || scanner->source.bytes[at] != '\\' ||
	    scanner->source.bytes[at + 1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		int digit = hex_digit(scanner->source.bytes[at + i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

static size_t put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* One escape, which begins at scanner->at, into `out`; 0 after a fault. The result is never longer than the escape. */
static size_t decode_escape(struct scanner *scanner, char *out)
{
	static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	size_t at = scanner->at;
	char letter = at + 1 < scanner->source.length ? scanner->source.bytes[at + 1] : '\0';
	const char *simple = letter ? strchr(letters, letter) : NULL;
	int32_t code, low;

	if (simple) {
		*out = values[simple - letters];
		scanner->at += 2;
		return 1;
	}
	code = read_code_unit(scanner, at);
	if (code < 0) {
		fault(scanner, at, "this escape is none of JSON");
		return 0;
	}
	scanner->at += 6;
	if (code < 0xd800 || code > 0xdfff)
		return put_utf8(out, (uint32_t)code);
	low = code < 0xdc00 ? read_code_unit(scanner, scanner->at) : -1;
	if (low < 0xdc00 || low > 0xdfff) {
		fault(scanner, at, "half a surrogate pair");
		return 0;
	}
	scanner->at += 6;
	return put_utf8(out, 0x10000 + ((uint32_t)code - 0xd800) * 0x400 + ((uint32_t)low - 0xdc00));
}

/* The bytes of the string up to its closing quote, still with escapes; false after a fault. */
static bool measure_string(struct scanner *scanner, size_t *ret_end, bool *ret_has_escapes)
{
	struct text source = scanner->source;
	size_t at = scanner->at + 1;
	bool has_escapes = false;

	while (at < source.length && source.bytes[at] != '"') {
		unsigned char byte = (unsigned char)source.bytes[at];

		if (byte < 0x20)
			return fault(scanner, at, "a control character in a string; it must be escaped") != NULL;
		if (byte == '\\') {
			has_escapes = true;
			at++;
		}
		at++;
	}
	if (at >= source.length)
		return fault(scanner, scanner->at, "this string does not end") != NULL;
	*ret_end = at;
	*ret_has_escapes = has_escapes;
	return true;
}

static struct node *new_node(struct scanner *scanner, enum node_kind kind)
{
	struct node *node = node_new(scanner->arena, kind);

	if (!node)
		return fault(scanner, scanner->at, "no memory");
	node->is_new = false;
	node->start = scanner->at;
	return node;
}

static struct node *scan_string(struct scanner *scanner)
{
	struct node *node = new_node(scanner, NODE_STRING);
	size_t end = 0, length = 0; /* gcc -O1 does not see that measure_string() sets both */
	bool has_escapes = false;
	char *decoded;

	if (!node || !measure_string(scanner, &end, &has_escapes))
		return NULL;
	node->is_quoted = true;
	node->text = text_slice(scanner->source, scanner->at + 1, end - scanner->at - 1);
	node->end = end + 1;
	if (!has_escapes) {
		scanner->at = node->end;
		return node;
	}
	decoded = arena_allocate(scanner->arena, node->text.length + 1);
	if (!decoded)
		return fault(scanner, scanner->at, "no memory");
	scanner->at++;
	while (scanner->at < end) {
		size_t added = 1;

		if (scanner->source.bytes[scanner->at] == '\\')
			added = decode_escape(scanner, decoded + length);
		else
			decoded[length] = scanner->source.bytes[scanner->at++];
		if (added == 0)
			return NULL;
		length += added;
	}
	node->text = text_of(decoded, length);
	scanner->at = node->end;
	return node;
}

static bool skip_digits(struct scanner *scanner)
{
	size_t before = scanner->at;

	while (is_digit(peek(scanner)))
		scanner->at++;
	return scanner->at > before;
}

static struct node *scan_number(struct scanner *scanner)
{
	struct node *node = new_node(scanner, NODE_NUMBER);
	bool well_formed = true;

	if (!node)
		return NULL;
	if (peek(scanner) == '-')
		scanner->at++;
	if (peek(scanner) == '0')
		scanner->at++;
	else
		well_formed = skip_digits(scanner);
	if (well_formed && peek(scanner) == '.') {
		scanner->at++;
		well_formed = skip_digits(scanner);
	}
	if (well_formed && (peek(scanner) == 'e' || peek(scanner) == 'E')) {
		scanner->at++;
		if (peek(scanner) == '+' || peek(scanner) == '-')
			scanner->at++;
		well_formed = skip_digits(scanner);
	}
	if (!well_formed || is_digit(peek(scanner)))
		return fault(scanner, node->start, "this is no number of JSON");
	node->end = scanner->at;
	node->text = node_source(scanner->source, node);
	return node;
}

static struct node *scan_word(struct scanner *scanner)
{
	static const struct {
		struct text word;
		enum node_kind kind;
	} words[] = {{TEXT("null"), NODE_NULL}, {TEXT("true"), NODE_BOOL}, {TEXT("false"), NODE_BOOL}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct text here = text_slice(scanner->source, scanner->at, words[i].word.length);
		struct node *node;

		if (!text_equal(here, words[i].word))
			continue;
		node = new_node(scanner, words[i].kind);
		if (!node)
			return NULL;
		node->text = here;
		scanner->at += here.length;
		node->end = scanner->at;
		return node;
	}
	if (scanner->at >= scanner->source.length)
		return fault(scanner, scanner->at, "the document ends where a value is expected");
	if (peek(scanner) == '{' || peek(scanner) == '\'')
		return fault(scanner, scanner->at, "a value of JSON is expected here");
	return fault(scanner, scanner->at, "a value is expected here: a string in double quotes, a number, [ or {");
}

static struct node *scan_member(struct scanner *scanner)
{
	struct node *key, *value;

	if (peek(scanner) == '{')
		return fault(scanner, scanner->at,
			     "a key is expected, not a mapping: this looks like an unrendered template");
	if (peek(scanner) != '"')
		return fault(scanner, scanner->at, "a key in double quotes is expected here");
	key = scan_string(scanner);
	if (!key)
		return NULL;
	skip_blanks(scanner);
	if (peek(scanner) != ':')
		return fault(scanner, scanner->at, "a ':' is expected here");
	scanner->at++;
	skip_blanks(scanner);
	value = scan_value(scanner);
	if (value)
		value->key = key;
	return value;
}

static struct node *check_keys(struct scanner *scanner, struct node *object)
{
	const struct node *first = NULL, *second = node_duplicate_key(object, &first);
	uint32_t line, column;

	if (!second)
		return object;
	source_position(scanner->source, first->key->start, &line, &column);
	report_node(scanner->report, SEVERITY_ERROR, second,
		    "the key \"" TEXT_FORMAT "\" stands here twice; first at %u:%u", TEXT_ARGUMENTS(second->key->text),
		    line, column);
	return NULL;
}

static struct node *scan_container(struct scanner *scanner)
{
	bool is_object = peek(scanner) == '{';
	char closing = is_object ? '}' : ']';
	struct node *node = new_node(scanner, is_object ? NODE_OBJECT : NODE_ARRAY);

	if (!node)
		return NULL;
	if (++scanner->depth > DOCUMENT_DEPTH_MAX)
		return fault(scanner, scanner->at, "nested too deeply");
	scanner->at++;
	skip_blanks(scanner);
	while (peek(scanner) != closing) {
		struct node *child;

		if (node->count > 0) {
			if (peek(scanner) != ',')
				return fault(scanner, scanner->at,
					     is_object ? "a ',' or '}' is expected here"
						       : "a ',' or ']' is expected here");
			scanner->at++;
			skip_blanks(scanner);
		}
		child = is_object ? scan_member(scanner) : scan_value(scanner);
		if (!child)
			return NULL;
		node_append(node, child);
		skip_blanks(scanner);
	}
	scanner->at++;
	node->end = scanner->at;
	scanner->depth--;
	return is_object ? check_keys(scanner, node) : node;
}

static struct node *scan_value(struct scanner *scanner)
{
	switch (peek(scanner)) {
	case '{':
	case '[':
		return scan_container(scanner);
	case '"':
		return scan_string(scanner);
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return scan_number(scanner);
	default:
		return scan_word(scanner);
	}
}

/* Offset of the first byte that is not UTF-8, or SIZE_MAX. */
static size_t find_invalid_utf8(struct text source)
{
	for (size_t at = 0; at < source.length;) {
		int length = utf8_sequence((const uint8_t *)source.bytes + at, source.length - at);

		if (length < 0)
			return at;
		at += (size_t)length;
	}
	return SIZE_MAX;
}

struct node *json_scan(struct text source, struct arena *arena, struct report *report)
{
	struct scanner scanner = {.source = source, .arena = arena, .report = report};
	size_t invalid;
	struct node *root;

	if (source.length > SCAN_BYTES_MAX)
		return fault(&scanner, SIZE_MAX, "the document is larger than 8 MiB");
	invalid = find_invalid_utf8(source);
	if (invalid != SIZE_MAX)
		return fault(&scanner, invalid, "this byte is not UTF-8");
	if (text_starts_with(source, TEXT("\xef\xbb\xbf")))
		scanner.at = 3;
	skip_blanks(&scanner);
	root = scan_value(&scanner);
	if (!root)
		return NULL;
	skip_blanks(&scanner);
	if (scanner.at < source.length)
		return fault(&scanner, scanner.at, "something stands behind the end of the document");
	return root;
}
