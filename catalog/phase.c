#include "catalog/phase.h"

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define STATE_BINDINGS                                                                                                 \
	(BINDING_PROCESS | BINDING_THREADS | BINDING_ANCESTORS | BINDING_IMAGE | BINDING_USER_ID | BINDING_GROUP_ID |  \
	 BINDING_CAPABILITIES | BINDING_CWD | BINDING_ROOT | BINDING_SESSION | BINDING_CONTAINER | BINDING_LIMITS |    \
	 BINDING_MEMORY_USE)
#define DESCRIPTOR_BINDINGS (BINDING_DESCRIPTOR | BINDING_DESCRIPTOR_TABLE)
#define OWN_BINDINGS (BINDING_PROCESS | BINDING_THREADS | BINDING_IMAGE)

_Static_assert(EVENT_PARAMETERS_MAX <= 64, "a bit for every parameter");

/* Mask of enum prediction by field. */
static const uint16_t predictions[FIELD_COUNT] = {
#define PREDICTED(field, predictions) [FIELD_##field] = predictions,
#include "catalog/predictions.def"
#undef PREDICTED
};

/* Ascending by field. */
static const struct {
	uint16_t field, event;
	uint8_t parameter;
} field_parameter_rows[] = {
#define FIELD_PARAMETER(field, event, parameter) {FIELD_##field, EVENT_##event, PARAMETER_INDEX(event, parameter)},
#include "catalog/field_parameters.def"
#undef FIELD_PARAMETER
};

static const char *const phase_names[PHASE_COUNT] = {"constant",  "process", "descriptor",
						     "registers", "memory",  "result"};

const char *phase_name(enum phase phase)
{
	return (unsigned)phase < PHASE_COUNT ? phase_names[phase] : "unknown";
}

/* A value's binding time while its causes are put together. */
struct binding_time {
	enum phase phase;
	bool is_rebound;       /* the event changes what it hangs on */
	bool waits_for_kernel; /* it hangs on what the kernel makes or returns */
	uint32_t bindings;
};

static void add_phase(struct binding_time *time, enum phase phase)
{
	bool state_with_registers =
	    (phase == PHASE_REGISTERS && time->phase > PHASE_CONSTANT && time->phase < PHASE_REGISTERS) ||
	    (time->phase == PHASE_REGISTERS && phase > PHASE_CONSTANT && phase < PHASE_REGISTERS);

	if (state_with_registers)
		time->phase = PHASE_MEMORY;
	else if (phase > time->phase)
		time->phase = phase;
}

static void add_kernel(struct binding_time *time)
{
	add_phase(time, PHASE_RESULT);
	time->waits_for_kernel = true;
}

static void add_bindings(struct binding_time *time, uint32_t bindings, uint32_t rebinds)
{
	if (!bindings)
		return;
	time->bindings |= bindings;
	if (bindings & rebinds) {
		add_phase(time, PHASE_RESULT);
		time->is_rebound = true;
	} else {
		add_phase(time, bindings & DESCRIPTOR_BINDINGS ? PHASE_DESCRIPTOR : PHASE_PROCESS);
	}
}

/* State that a parameter's text is rendered with; what the call itself changes of it does not matter. */
static void add_rendering_state(struct binding_time *time, uint32_t bindings)
{
	time->bindings |= bindings;
	add_phase(time, PHASE_MEMORY);
}

static uint32_t event_rebinds(const struct event_info *event)
{
	uint32_t rebinds = event->rebinds;

	if (rebinds & (BINDING_DESCRIPTOR | BINDING_DESCRIPTOR_NUMBER))
		rebinds |= BINDING_DESCRIPTOR_TABLE;
	return rebinds;
}

/* `as_completed`: with what the kernel adds to it. */
static void add_source(struct binding_time *time, const struct event_parameter_info *parameter, bool as_completed)
{
	switch ((enum parameter_source)parameter->source) {
	case PARAMETER_SOURCE_CONSTANT:
		return;
	case PARAMETER_SOURCE_NUMBER:
	case PARAMETER_SOURCE_REGISTER:
		add_phase(time, PHASE_REGISTERS);
		return;
	case PARAMETER_SOURCE_MEMORY:
		add_phase(time, PHASE_MEMORY);
		return;
	case PARAMETER_SOURCE_REGISTER_AND_KERNEL:
	case PARAMETER_SOURCE_MEMORY_AND_KERNEL:
		if (as_completed)
			add_kernel(time);
		else
			add_phase(time, parameter->source == PARAMETER_SOURCE_REGISTER_AND_KERNEL ? PHASE_REGISTERS
												  : PHASE_MEMORY);
		return;
	case PARAMETER_SOURCE_KERNEL:
	case PARAMETER_SOURCE_RESULT:
		add_kernel(time);
		return;
	}
}

static bool is_directory_parameter(unsigned event, unsigned index)
{
	unsigned count = event_parameter_count(event);

	for (unsigned i = 0; i < count; i++)
		if (event_parameter_info(event, i)->directory_parameter == (int)index)
			return true;
	return false;
}

/* What the text of a parameter needs beyond its value: names of descriptors, directories, users, processes. */
static void add_rendering(struct binding_time *time, unsigned event, unsigned index, bool as_completed)
{
	const struct event_parameter_info *parameter = event_parameter_info(event, index);
	uint32_t rebinds = event_rebinds(event_info(event));

	switch (parameter->type) {
	case TYPE_FD:
		/* The directory of a path is open before the call and stays what it is. */
		if ((rebinds & BINDING_DESCRIPTOR_TABLE) && !is_directory_parameter(event, index))
			add_kernel(time);
		add_rendering_state(time, BINDING_DESCRIPTOR_TABLE);
		break;
	case TYPE_FDLIST:
		add_rendering_state(time, BINDING_DESCRIPTOR_TABLE);
		break;
	case TYPE_FSPATH:
		add_rendering_state(time, BINDING_CWD);
		break;
	case TYPE_FSRELPATH:
		add_rendering_state(time, BINDING_CWD | BINDING_DESCRIPTOR_TABLE);
		if (parameter->directory_parameter >= 0)
			add_source(time, event_parameter_info(event, (unsigned)parameter->directory_parameter),
				   as_completed);
		break;
	case TYPE_UID:
	case TYPE_GID:
		add_rendering_state(time, BINDING_CONTAINER);
		break;
	case TYPE_PID: /* of any process: nothing that this one does marks its end */
		add_rendering_state(time, BINDING_HEADER);
		break;
	default:
		break;
	}
}

static uint64_t listed_parameters(unsigned field, unsigned event)
{
	size_t low = 0, high = ARRAY_LENGTH(field_parameter_rows);
	uint64_t mask = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (field_parameter_rows[middle].field < field)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < ARRAY_LENGTH(field_parameter_rows) && field_parameter_rows[low].field == field; low++)
		if (field_parameter_rows[low].event == event)
			mask |= UINT64_C(1) << field_parameter_rows[low].parameter;
	return mask;
}

uint64_t field_parameters(const struct field_request *request, unsigned event)
{
	unsigned count = event_parameter_count(event);
	int index = -1;

	switch (request->field) {
	case FIELD_EVT_ARGS:
	case FIELD_EVT_INFO:
		return count == 0 ? 0 : UINT64_MAX >> (64 - count);
	case FIELD_EVT_ARG:
	case FIELD_EVT_RAWARG:
		if (!request->has_argument)
			return 0;
		if (!request->argument_is_number)
			index = event_parameter_index(event, request->argument);
		else if (request->argument_number >= 0 && request->argument_number < count)
			index = (int)request->argument_number;
		break;
	case FIELD_EVT_BUFFER:
		index = event_parameter_index(event, TEXT("data"));
		break;
	default:
		return listed_parameters(request->field, event);
	}
	return index < 0 ? 0 : UINT64_C(1) << index;
}

static bool renders_text(unsigned field)
{
	switch (field) {
	case FIELD_EVT_ARG:
	case FIELD_EVT_ARGS:
	case FIELD_EVT_INFO:
	case FIELD_EVT_ABSPATH:
	case FIELD_FS_PATH_NAME:
	case FIELD_FS_PATH_NAMERAW:
	case FIELD_FS_PATH_SOURCE:
	case FIELD_FS_PATH_SOURCERAW:
	case FIELD_FS_PATH_TARGET:
	case FIELD_FS_PATH_TARGETRAW:
		return true;
	default:
		return false;
	}
}

static bool wants_completed(unsigned field)
{
	return field == FIELD_EVT_ARG || field == FIELD_EVT_ARGS || field == FIELD_EVT_INFO ||
	       field == FIELD_EVT_RAWARG || field == FIELD_EVT_BUFFER || field == FIELD_EVT_IS_OPEN_CREATE;
}

static bool has_io_category(const struct event_info *event)
{
	return event->category == CATEGORY_IO_READ || event->category == CATEGORY_IO_WRITE ||
	       event->category == CATEGORY_IO_OTHER;
}

static bool speaks_of_descriptor(const struct event_info *event)
{
	return event->flags & (EVENT_FLAG_CREATES_FD | EVENT_FLAG_USES_FD | EVENT_FLAG_DESTROYS_FD);
}

/* Whether the field can have a value at the event that is not the same for all events of this type. */
static bool varies_at(const struct field_request *request, const struct field_info *field, unsigned id,
		      uint64_t parameters)
{
	const struct event_info *event = event_info(id);

	if (strcmp(field->class_name, "fd") == 0 && !speaks_of_descriptor(event))
		return false;
	if ((field->depends & BINDING_ARGUMENTS) && parameters == 0)
		return false;
	if ((field->depends & BINDING_RESULT) && !event_has_result(id))
		return false;

	switch (request->field) {
	case FIELD_EVT_CATEGORY:
		return has_io_category(event) && speaks_of_descriptor(event);
	case FIELD_EVT_IS_SYSLOG:
		return (event->flags & EVENT_FLAG_WRITES_TO_FD) && speaks_of_descriptor(event);
	case FIELD_EVT_BUFLEN:
	case FIELD_EVT_BUFLEN_IN:
	case FIELD_EVT_BUFLEN_OUT:
	case FIELD_EVT_BUFLEN_FILE:
	case FIELD_EVT_BUFLEN_FILE_IN:
	case FIELD_EVT_BUFLEN_FILE_OUT:
	case FIELD_EVT_BUFLEN_NET:
	case FIELD_EVT_BUFLEN_NET_IN:
	case FIELD_EVT_BUFLEN_NET_OUT:
		return has_io_category(event) && speaks_of_descriptor(event);
	case FIELD_EVT_COUNT_ERROR_MEMORY:
		return event->category == CATEGORY_MEMORY;
	default:
		return true;
	}
}

/* Without parameters and results these are false, empty, or the event's own name: not absent. */
static bool has_value_without_parameters(unsigned field)
{
	switch (field) {
	case FIELD_EVT_TYPE:
	case FIELD_SYSCALL_TYPE:
	case FIELD_EVT_ARGS:
	case FIELD_EVT_INFO:
	case FIELD_EVT_IS_OPEN_READ:
	case FIELD_EVT_IS_OPEN_WRITE:
	case FIELD_EVT_IS_OPEN_EXEC:
	case FIELD_EVT_IS_OPEN_CREATE:
	case FIELD_THREAD_CPU:
	case FIELD_THREAD_CPU_USER:
	case FIELD_THREAD_CPU_SYSTEM:
		return true;
	default:
		return false;
	}
}

bool field_is_never_present(const struct field_request *request, unsigned id)
{
	const struct field_info *field = field_info(request->field);
	const struct event_info *event = event_info(id);

	if (!field || !event)
		return false;
	if (strcmp(field->class_name, "fd") == 0 && !speaks_of_descriptor(event))
		return true;
	if (has_value_without_parameters(request->field))
		return false;
	if ((field->depends & BINDING_ARGUMENTS) && field_parameters(request, id) == 0)
		return true;
	return (field->depends & BINDING_RESULT) && !event_has_result(id);
}

/* Of fields on ancestors, which of the process's own properties matter: index 0 is the process itself. */
static uint32_t depends_with_index(const struct field_request *request, const struct field_info *field)
{
	bool takes_index = field->argument == ARGUMENT_INDEX || field->argument == ARGUMENT_INDEX_OR_NAME;

	if (!takes_index || !(field->depends & BINDING_ANCESTORS))
		return field->depends;
	if (request->has_argument && request->argument_is_number)
		return field->depends &
		       ~(request->argument_number == 0 ? (uint32_t)BINDING_ANCESTORS : (uint32_t)OWN_BINDINGS);
	if (request->flags & SLOT_FLAG_EACH)
		return field->depends & ~(uint32_t)OWN_BINDINGS;
	return field->depends; /* printed without an index, some show the process itself */
}

struct field_phase phase_of(const struct field_request *request, unsigned id)
{
	const struct field_info *field = field_info(request->field);
	const struct event_info *event = event_info(id);
	struct binding_time time = {.phase = PHASE_CONSTANT};
	uint32_t depends, rebinds;
	uint64_t parameters = 0;

	if (!field || !event)
		return (struct field_phase){.phase = PHASE_RESULT};
	depends = depends_with_index(request, field);
	if (field->flags & FIELD_FLAG_STATEFUL)
		return (struct field_phase){.phase = PHASE_RESULT, .changes_with_time = true, .bindings = depends};
	if (depends & BINDING_ARGUMENTS)
		parameters = field_parameters(request, id);
	if (!varies_at(request, field, id, parameters))
		return (struct field_phase){.phase = PHASE_CONSTANT};
	rebinds = event_rebinds(event);
	if (!speaks_of_descriptor(event))
		depends &= ~(uint32_t)(BINDING_DESCRIPTOR | BINDING_DESCRIPTOR_NUMBER);

	time.bindings =
	    depends & (BINDING_HEADER | BINDING_TIME | BINDING_ARGUMENTS | BINDING_RESULT | BINDING_SUCCESS);
	if (depends & (BINDING_HEADER | BINDING_TIME))
		add_phase(&time, PHASE_MEMORY);
	add_bindings(&time, depends & STATE_BINDINGS, rebinds);
	add_bindings(&time, depends & DESCRIPTOR_BINDINGS, rebinds);

	if (depends & BINDING_DESCRIPTOR_NUMBER) {
		int index = event_descriptor_parameter(id);

		time.bindings |= BINDING_DESCRIPTOR_NUMBER;
		if (rebinds & BINDING_DESCRIPTOR_NUMBER) {
			add_phase(&time, PHASE_RESULT);
			time.is_rebound = true;
		} else if (index >= 0) {
			add_source(&time, event_parameter_info(id, (unsigned)index), true);
		}
	}

	if (depends & BINDING_ARGUMENTS) {
		bool as_completed = wants_completed(request->field);

		for (uint64_t left = parameters; left != 0; left &= left - 1) {
			unsigned i = (unsigned)__builtin_ctzll(left);

			add_source(&time, event_parameter_info(id, i), as_completed);
			if (renders_text(request->field))
				add_rendering(&time, id, i, as_completed);
		}
	}

	if (depends & BINDING_RESULT)
		add_kernel(&time);
	if (depends & BINDING_SUCCESS)
		add_phase(&time, PHASE_RESULT);

	return (struct field_phase){
	    .phase = (uint8_t)time.phase,
	    .is_predicted = time.phase == PHASE_RESULT && !time.waits_for_kernel &&
			    (!time.is_rebound || (predictions[request->field] & event->predicts)),
	    .changes_with_time = depends & BINDING_TIME,
	    .bindings = time.bindings,
	};
}
