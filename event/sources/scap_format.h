/*
 * The numbers of the capture format that its reader and its writer share (scap-format reference). Block types are rows of
 * scap_blocks.def, types of fd lists rows of state/descriptor_list_types.def.
 */
#ifndef TERCEL_EVENT_SOURCES_SCAP_FORMAT_H
#define TERCEL_EVENT_SOURCES_SCAP_FORMAT_H

#include <stdbool.h>

#include "catalog/catalog.h"

enum scap_block_id {
#define BLOCK(constant, id, former_id, kind, version, large, flags) SCAP_BLOCK_##constant = id,
#include "event/sources/scap_blocks.def"
#undef BLOCK
};

/* Every block: type, length, body, length again. */
#define SCAP_BLOCK_HEADER_BYTES 8u
#define SCAP_BLOCK_FRAME_BYTES 12u

/* Section header: byte-order magic, version, length of the section (not known: all ones). */
#define SCAP_BYTE_ORDER_MAGIC 0x1A2B3C4Du
#define SCAP_MAJOR_VERSION 1
#define SCAP_MINOR_VERSION 2
#define SCAP_SECTION_HEADER_BYTES 16u

#define SCAP_MACHINE_INFO_BYTES 180u
#define SCAP_HOST_NAME_BYTES 128u

enum scap_interface_type {
	SCAP_INTERFACE_IPV4 = 1,
	SCAP_INTERFACE_IPV6 = 2,
	SCAP_INTERFACE_IPV4_NO_SPEED = 3,
	SCAP_INTERFACE_IPV6_NO_SPEED = 4,
};

enum scap_user_kind { SCAP_USER = 0, SCAP_GROUP = 1 };

#define SCAP_PROCESS_VERSION 9 /* of process lists as they are written */

/*
 * Event blocks: cpu (u16), in some of them flags (u32), then time u64, thread u64, length from the time on u32, type u16,
 * number of parameters u32 (from version 2 on), the parameters' lengths, the parameters.
 */
#define SCAP_EVENT_HEADER_V1_BYTES 22u
#define SCAP_EVENT_HEADER_V2_BYTES 26u
#define SCAP_EVENT_BLOCK_BYTES_MAX 65536u /* without the block's header; of blocks that are not large */
#define SCAP_EVENT_FLAG_STATE_ONLY 1u

/* The parameters' lengths are u32, otherwise u16. */
static inline bool scap_event_has_long_lengths(unsigned type)
{
	return event_info(type)->flags & EVENT_FLAG_LARGE_PAYLOAD;
}

/*
 * Users, groups and containers: at the very start of a section readers hide them, as what the writer tells of the state so
 * far.
 */
static inline bool scap_is_state_event(unsigned type)
{
	return type == EVENT_CONTAINER_JSON_2_E || type == EVENT_USER_ADDED_E || type == EVENT_USER_DELETED_E ||
	       type == EVENT_GROUP_ADDED_E || type == EVENT_GROUP_DELETED_E || type == EVENT_ASYNCEVENT_E;
}

#endif
