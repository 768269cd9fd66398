/* Labels of containers and pods as values. Private to event/fields. */
#ifndef TERCEL_EVENT_FIELDS_CONTAINER_TEXT_H
#define TERCEL_EVENT_FIELDS_CONTAINER_TEXT_H

#include "event/fields/field_context.h"

/* One label; no value when there is none of that key. */
struct value container_label_value(const struct container_label *labels, size_t count, struct text key);

/* All, in their order, without those that runtimes and Kubernetes keep for themselves. */
struct value container_labels_value(struct field_context *context, const struct container_label *labels, size_t count);

#endif
