/* The pod that the container belongs to, as its labels and its sandbox tell: k8s.* (event-model reference, section 14). */
#include "event/fields/container_text.h"

static struct value own_label(struct field_context *context, struct text key)
{
	const struct container *container = state_container(context->state, context->event);

	return container ? container_label_value(container->labels, container->label_count, key) : value_absent();
}

#define LABEL_FIELD(constant, key)                                                                                     \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		return own_label(context, TEXT(key));                                                                  \
	}

LABEL_FIELD(K8S_POD_NAME, "io.kubernetes.pod.name")
LABEL_FIELD(K8S_NS_NAME, "io.kubernetes.pod.namespace")
LABEL_FIELD(K8S_POD_ID, "io.kubernetes.pod.uid")
LABEL_FIELD(K8S_POD_UID, "io.kubernetes.pod.uid")

struct value field_K8S_POD_FULL_SANDBOX_ID(struct field_context *context)
{
	const struct container *container = state_container(context->state, context->event);

	return container ? value_string(container->pod_sandbox_id) : value_absent();
}

struct value field_K8S_POD_SANDBOX_ID(struct field_context *context)
{
	const struct container *container = state_container(context->state, context->event);

	return container ? value_string(text_slice(container->pod_sandbox_id, 0, CONTAINER_ID_BYTES)) : value_absent();
}

/* ---- of the sandbox ---- */

struct value field_K8S_POD_LABEL(struct field_context *context)
{
	const struct container *container = state_container(context->state, context->event);
	const struct container_label *label = NULL;

	if (container)
		label = container_pod_label(context->state->containers, container, context->request->argument);
	return label ? value_string(label->value) : value_absent();
}

struct value field_K8S_POD_LABELS(struct field_context *context)
{
	const struct container *container = state_container(context->state, context->event);
	const struct container_label *labels;
	size_t count;

	if (!container)
		return value_absent();
	labels = container_pod_labels(context->state->containers, container, &count);
	return container_labels_value(context, labels, count);
}

static const struct container *pod(const struct field_context *context)
{
	const struct container *container = state_container(context->state, context->event);

	return container ? container_pod(context->state->containers, container) : NULL;
}

struct value field_K8S_POD_IP(struct field_context *context)
{
	const struct container *sandbox = pod(context);

	return sandbox ? value_string(sandbox->ip) : value_absent();
}

struct value field_K8S_POD_CNI_JSON(struct field_context *context)
{
	const struct container *sandbox = pod(context);

	return sandbox ? value_string(sandbox->cni_json) : value_absent();
}
