/* Which container a cgroup path belongs to. */
#include "event/state/container.h"

#include <string.h>

#include "event/state/shared_text.h"

#define FULL_ID_DIGITS 64

static size_t find_from_right(struct text t, struct text needle)
{
	for (size_t at = t.length + 1; at-- > needle.length;) {
		if (memcmp(t.bytes + at - needle.length, needle.bytes, needle.length) == 0)
			return at - needle.length;
	}
	return SIZE_MAX;
}

static bool is_hexadecimal(struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		if (!strchr("0123456789abcdefABCDEF", t.bytes[i]))
			return false;
	}
	return true;
}

static bool is_alphanumeric(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static struct text match_digits(struct text path, struct text prefix, struct text suffix)
{
	size_t start = find_from_right(path, prefix);
	size_t end = find_from_right(path, suffix);
	struct text digits;

	if (start == SIZE_MAX || end == SIZE_MAX || end < start + prefix.length)
		return TEXT_EMPTY;
	digits = text_slice(path, start + prefix.length, end - start - prefix.length);
	if (digits.length != FULL_ID_DIGITS || !is_hexadecimal(digits))
		return TEXT_EMPTY;
	return text_slice(digits, 0, CONTAINER_ID_BYTES);
}

/* Letters and digits, with single '.', '_' or '-' between them: how containerd lets namespaces and containers be called. */
static bool is_containerd_name(struct text t)
{
	if (t.length == 0 || !is_alphanumeric(t.bytes[0]) || !is_alphanumeric(t.bytes[t.length - 1]))
		return false;
	for (size_t i = 1; i < t.length; i++) {
		if (!is_alphanumeric(t.bytes[i]) && (!strchr("._-", t.bytes[i]) || !is_alphanumeric(t.bytes[i - 1])))
			return false;
	}
	return true;
}

static bool is_systemd_unit(struct text component)
{
	return text_ends_with(component, TEXT(".service")) || text_ends_with(component, TEXT(".slice")) ||
	       text_ends_with(component, TEXT(".scope"));
}

/*
 * containerd: "/NAMESPACE/ID". Falco only looks at the end of the path to tell systemd's own cgroups apart, and takes ids
 * that containerd would refuse; here a namespace that is a unit ("/batch.slice/job") is none either.
 */
static struct text match_containerd(struct text path)
{
	struct text rest = text_slice(path, 1, SIZE_MAX);
	size_t length = text_find_byte(rest, '/');
	struct text name, id;

	if (length == SIZE_MAX || path.bytes[0] != '/')
		return TEXT_EMPTY;
	name = text_slice(rest, 0, length);
	id = text_slice(rest, length + 1, SIZE_MAX);
	if (!is_containerd_name(name) || !is_containerd_name(id) || id.length > FULL_ID_DIGITS || is_systemd_unit(name) ||
	    is_systemd_unit(path))
		return TEXT_EMPTY;
	return text_slice(id, 0, CONTAINER_ID_BYTES);
}

static struct text match_lxc(struct text path)
{
	static const struct text prefixes[] = {{"/lxc/", 5}, {"/lxc.payload/", 13}, {"/lxc.payload.", 13}};

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		size_t start = text_find(path, prefixes[i]);
		struct text rest;

		if (start == SIZE_MAX)
			continue;
		rest = text_slice(path, start + prefixes[i].length, SIZE_MAX);
		return text_slice(rest, 0, text_find_byte(rest, '/'));
	}
	return TEXT_EMPTY;
}

static struct text match_libvirt_lxc(struct text path)
{
	struct text plain = TEXT(".libvirt-lxc"), escaped = TEXT("-lxc\\x2d"), legacy = TEXT("/libvirt/lxc/");
	size_t start;

	if (text_ends_with(path, plain)) {
		path = text_slice(path, 0, path.length - plain.length);
		start = text_find_last_byte(path, '/');
		return start == SIZE_MAX ? TEXT_EMPTY : text_slice(path, start + 1, SIZE_MAX);
	}
	start = text_find(path, escaped);
	if (start != SIZE_MAX) {
		struct text ends[] = {TEXT(".scope/libvirt"), TEXT(".scope")};

		for (size_t i = 0; i < 2; i++) {
			if (text_ends_with(path, ends[i]) && path.length - ends[i].length >= start + escaped.length)
				return text_slice(path, start + escaped.length,
						  path.length - ends[i].length - start - escaped.length);
		}
	}
	start = text_find(path, legacy);
	return start == SIZE_MAX ? TEXT_EMPTY : text_slice(path, start + legacy.length, SIZE_MAX);
}

static struct text match_bpm(struct text path)
{
	size_t start = text_find(path, TEXT("bpm-"));
	struct text id;

	if (start == SIZE_MAX)
		return TEXT_EMPTY;
	id = text_slice(path, start + strlen("bpm-"), SIZE_MAX);
	id = text_slice(id, 0, text_find(id, TEXT(".scope")));
	for (size_t i = 0; i < id.length; i++) {
		if (!is_alphanumeric(id.bytes[i]) && !strchr("._-", id.bytes[i]))
			return TEXT_EMPTY;
	}
	return id;
}

/* Whether 64 hexadecimal digits stand in a row: most paths have none, and need not be matched with every pattern. */
static bool has_full_id(struct text path)
{
	size_t run = 0;

	for (size_t i = 0; i < path.length && run < FULL_ID_DIGITS; i++) {
		char byte = path.bytes[i];
		bool is_digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');

		run = is_digit ? run + 1 : 0;
	}
	return run == FULL_ID_DIGITS;
}

static struct text match_path(struct text path)
{
	static const struct {
		struct text prefix, suffix;
	} patterns[] = {
#define PATTERN(engine, prefix, suffix) {{prefix, sizeof(prefix) - 1}, {suffix, sizeof(suffix) - 1}},
#include "event/state/container_patterns.def"
#undef PATTERN
	};
	static struct text (*const others[])(struct text path) = {match_containerd, match_lxc, match_libvirt_lxc, match_bpm};
	bool may_match = has_full_id(path);

	for (size_t i = 0; may_match && i < sizeof patterns / sizeof patterns[0]; i++) {
		struct text id = match_digits(path, patterns[i].prefix, patterns[i].suffix);

		if (id.length > 0)
			return id;
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct text id = others[i](path);

		if (id.length > 0)
			return id;
	}
	return TEXT_EMPTY;
}

struct text container_id_from_cgroups(struct text cgroups)
{
	struct text entry;
	size_t position = 0;

	while (strings_next(cgroups, &position, &entry)) {
		size_t equals = text_find_byte(entry, '=');
		struct text id = equals == SIZE_MAX ? TEXT_EMPTY : match_path(text_slice(entry, equals + 1, SIZE_MAX));

		if (id.length > 0)
			return id;
	}
	return TEXT_EMPTY;
}
