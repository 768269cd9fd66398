/*
 * Greatest lengths of values, from which the worst-case cost of programs is computed.
 */
#ifndef TERCEL_CATALOG_VALUE_BOUNDS_H
#define TERCEL_CATALOG_VALUE_BOUNDS_H

#include <stdint.h>

#include "catalog/catalog.h"
#include "catalog/value.h"

/*
 * The longest value, in bytes (of each element, for lists), that the field can have at the event: the bound in its row,
 * or, for fields that show parameters (evt.arg, evt.rawarg, evt.args, evt.buffer, evt.type), what those parameters
 * allow. 0 when the event has no such parameter; the greatest of all for fields and events that do not exist.
 */
uint32_t field_bytes_max(const struct field_request *request, unsigned event);

#endif
