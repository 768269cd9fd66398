/* `required_engine_version` and `required_plugin_versions` (rule language reference §1.4, §1.5). */
#include "compiler/load/load_internal.h"

#include <errno.h>

#include "compiler/load/load_rules.h"

static const uint32_t engine_version[3] = {ENGINE_VERSION_MAJOR, ENGINE_VERSION_MINOR, ENGINE_VERSION_PATCH};

static int compare_versions(const uint32_t a[3], const uint32_t b[3])
{
	for (unsigned i = 0; i < 3; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

int load_engine_version(struct item_reader *reader)
{
	const struct document_node *node = item_scalar(reader, "required_engine_version", KEY_REQUIRED);
	uint32_t version[3] = {0}, *highest = reader->collection->required_engine;
	struct source_range range;

	if (!node)
		return 0;
	range = scalar_range(node);
	/* A plain number N is the version 0.N.0. */
	if (!parse_yaml_u32(node->value, &version[1]) && !parse_version(node->value, version)) {
		item_error(reader, DIAGNOSTIC_ENGINE_VERSION_SYNTAX, range,
			   "Unable to parse engine version '" TEXT_FORMAT
			   "' as a semver string. Expected \"x.y.z\" semver format.",
			   TEXT_ARGUMENTS(node->value));
		return 0;
	}
	if (version[0] != engine_version[0] || compare_versions(version, engine_version) > 0) {
		item_error(reader, DIAGNOSTIC_ENGINE_VERSION, range,
			   "Rules require engine version %u.%u.%u, but engine version is %u.%u.%u", version[0],
			   version[1], version[2], engine_version[0], engine_version[1], engine_version[2]);
		return 0;
	}
	if (compare_versions(version, highest) > 0)
		memcpy(highest, version, sizeof version);
	return 0;
}

/* A name with its version, of a requirement or of an alternative. */
struct plugin {
	struct text name, version;
	struct source_range name_range, version_range;
};

static bool load_plugin(struct item_reader *outer, const struct document_node *node, struct plugin *ret_plugin)
{
	struct item_reader reader = *outer;
	const struct document_node *name, *version;

	reader.item = node;
	reader.place = (struct source_range){node->range.file, node->range.start, node->range.start + 1};
	name = item_scalar(&reader, "name", KEY_REQUIRED);
	version = item_scalar(&reader, "version", KEY_REQUIRED);
	outer->has_error |= reader.has_error;
	if (!name || !version)
		return false;
	*ret_plugin = (struct plugin){name->value, version->value, scalar_range(name), scalar_range(version)};
	return true;
}

static void check_plugins(struct item_reader *reader, const struct plugin *plugins, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t version[3];

		if (!parse_version(plugins[i].version, version))
			item_error(reader, DIAGNOSTIC_PLUGIN_VERSION, plugins[i].version_range,
				   "Invalid required version '" TEXT_FORMAT "' for plugin '" TEXT_FORMAT "'",
				   TEXT_ARGUMENTS(plugins[i].version), TEXT_ARGUMENTS(plugins[i].name));
		for (uint32_t k = 0; k < i; k++) {
			if (!text_equal(plugins[i].name, plugins[k].name))
				continue;
			item_error(reader, DIAGNOSTIC_PLUGIN_ALTERNATIVES, plugins[i].name_range,
				   "Defined multiple alternative version requirements for plugin '" TEXT_FORMAT "'",
				   TEXT_ARGUMENTS(plugins[i].name));
			break;
		}
	}
}

/* One requirement. That the plugins exist is not asked at load; what they provide here is built in. */
static int load_requirement(struct item_reader *reader, const struct document_node *node)
{
	const struct document_node *alternatives = document_node_get(node, "alternatives");
	uint32_t count = 0, most = 1 + (alternatives ? alternatives->count : 0);
	struct plugin *plugins = arena_allocate_array(reader->arena, most, sizeof *plugins);
	bool is_good;

	if (!plugins)
		return -ENOMEM;
	is_good = load_plugin(reader, node, &plugins[count]);
	count += is_good;
	if (alternatives && alternatives->kind != NODE_SEQUENCE) {
		item_error(reader, DIAGNOSTIC_PLUGIN_REQUIREMENT_SHAPE, scalar_range(alternatives),
			   "Value of plugin version alternatives must be a sequence");
		return 0;
	}
	for (uint32_t i = 0; alternatives && i < alternatives->count; i++) {
		const struct document_node *alternative = alternatives->items[i];

		if (alternative->kind != NODE_MAPPING) {
			item_error(reader, DIAGNOSTIC_PLUGIN_REQUIREMENT_SHAPE, scalar_range(alternative),
				   "Plugin version alternative must be a mapping");
			is_good = false;
		} else if (load_plugin(reader, alternative, &plugins[count])) {
			count++;
		} else {
			is_good = false;
		}
	}
	if (is_good)
		check_plugins(reader, plugins, count);
	return 0;
}

int load_plugin_versions(struct item_reader *reader)
{
	const struct document_node *node = document_node_get(reader->item, "required_plugin_versions");
	int status = 0;

	if (node->kind != NODE_SEQUENCE) {
		item_error(reader, DIAGNOSTIC_PLUGIN_REQUIREMENT_SHAPE, scalar_range(node),
			   "Value of required_plugin_versions must be a sequence");
		return 0;
	}
	for (uint32_t i = 0; i < node->count && status == 0; i++) {
		if (node->items[i]->kind == NODE_MAPPING)
			status = load_requirement(reader, node->items[i]);
		else
			item_error(reader, DIAGNOSTIC_PLUGIN_REQUIREMENT_SHAPE, scalar_range(node->items[i]),
				   "Plugin version must be a mapping");
	}
	return status;
}
