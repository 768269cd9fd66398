/* Events, their parameters and system calls: the tables agree with themselves and with each other. */
#include "catalog/catalog.h"

#include <stdio.h>

#include "tests/support/check_main.h"

static bool is_current(const struct event_info *event)
{
	return event->production == PRODUCED_LIVE || event->production == PRODUCED_COMPAT;
}

static bool is_traced(const struct event_info *event)
{
	return is_current(event) || event->production == PRODUCED_PRE_EXECUTION ||
	       event->production == PRODUCED_TRACEPOINT;
}

START_TEST(every_id_has_a_row)
{
	unsigned parameters = 0;

	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		const struct event_info *event = event_info(id);

		ck_assert_ptr_nonnull(event->name);
		ck_assert_uint_gt(strlen(event->name), 0);
		ck_assert_uint_le(strlen(event->name), 64); /* value_bounds.c counts on it */
		ck_assert_uint_eq(event->first_parameter, parameters);
		ck_assert_uint_le(event_parameter_count(id), EVENT_PARAMETERS_MAX);
		ck_assert_uint_eq(event->direction, id % 2 == 0 ? DIRECTION_ENTER : DIRECTION_EXIT);
		parameters += event_parameter_count(id);
	}
	ck_assert_uint_eq(parameters, EVENT_PARAMETER_ROW_COUNT);
	ck_assert_ptr_null(event_info(EVENT_ID_COUNT));
	ck_assert_uint_eq(event_parameter_count(EVENT_ID_COUNT), 0);
	ck_assert_ptr_null(event_parameter_info(EVENT_ID_COUNT, 0));
	ck_assert_ptr_null(event_parameter_info(EVENT_SYSCALL_CLOSE_X, 2));
}
END_TEST

START_TEST(constants_are_unique)
{
	for (unsigned a = 0; a < EVENT_ID_COUNT; a++)
		for (unsigned b = a + 1; b < EVENT_ID_COUNT; b++)
			ck_assert_str_ne(event_info(a)->constant, event_info(b)->constant);
}
END_TEST

START_TEST(parameter_names_are_unique_in_their_event)
{
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++)
		for (unsigned i = 0; i < event_parameter_count(id); i++)
			ck_assert_int_eq(event_parameter_index(id, text_from_string(event_parameter_info(id, i)->name)),
					 (int)i);
	ck_assert_int_eq(event_parameter_index(EVENT_SYSCALL_CLOSE_X, TEXT("none")), -1);
	ck_assert_int_eq(event_parameter_index(EVENT_ID_COUNT, TEXT("fd")), -1);
}
END_TEST

START_TEST(what_is_not_made_any_more_changes_nothing)
{
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		const struct event_info *event = event_info(id);

		if (event->flags & EVENT_FLAG_UNUSED)
			ck_assert_uint_eq(event->production, PRODUCED_NEVER);
		if (event->production == PRODUCED_OLD_CAPTURES) {
			ck_assert_uint_eq(event->rebinds, 0);
			ck_assert_uint_eq(event->predicts, 0);
		}
	}
}
END_TEST

START_TEST(parameters_use_tables_that_fit_their_type)
{
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		for (unsigned i = 0; i < event_parameter_count(id); i++) {
			const struct event_parameter_info *parameter = event_parameter_info(id, i);
			bool has_table = parameter->flag_table >= 0;
			enum flag_style style =
			    has_table ? flag_table_style((enum flag_table)parameter->flag_table) : FLAG_STYLE_IDS;

			switch (parameter->type) {
			case TYPE_FLAGS8:
			case TYPE_FLAGS16:
			case TYPE_FLAGS32:
				ck_assert(has_table && style == FLAG_STYLE_BITS);
				break;
			case TYPE_ENUMFLAGS8:
			case TYPE_ENUMFLAGS16:
			case TYPE_ENUMFLAGS32:
				ck_assert(has_table && style == FLAG_STYLE_ENUM);
				break;
			case TYPE_MODE:
				ck_assert(has_table && style == FLAG_STYLE_MODE);
				break;
			case TYPE_DYN:
				ck_assert(has_table && style == FLAG_STYLE_VARIANT);
				break;
			default:
				ck_assert_msg(!has_table, "%s.%s", event_info(id)->constant, parameter->name);
			}
		}
	}
}
END_TEST

START_TEST(relative_paths_name_a_directory)
{
	unsigned count = 0;

	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		for (unsigned i = 0; i < event_parameter_count(id); i++) {
			const struct event_parameter_info *parameter = event_parameter_info(id, i);
			const struct event_parameter_info *directory;

			if (parameter->type != TYPE_FSRELPATH) {
				ck_assert_int_eq(parameter->directory_parameter, -1);
				continue;
			}
			directory = event_parameter_info(id, (unsigned)parameter->directory_parameter);
			ck_assert_msg(directory && directory->type == TYPE_FD, "%s.%s", event_info(id)->constant,
				      parameter->name);
			count++;
		}
	}
	ck_assert_uint_gt(count, 10);
}
END_TEST

START_TEST(sources_agree_with_the_kind_of_event)
{
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		const struct event_info *event = event_info(id);

		for (unsigned i = 0; i < event_parameter_count(id); i++) {
			const struct event_parameter_info *parameter = event_parameter_info(id, i);

			ck_assert_uint_lt(parameter->argument, 6);
			if (parameter->source == PARAMETER_SOURCE_RESULT) {
				ck_assert_uint_eq(i, 0);
				ck_assert_uint_eq(event->direction, DIRECTION_EXIT);
			}
			if (!is_traced(event) || event->production == PRODUCED_TRACEPOINT)
				ck_assert(parameter->source == PARAMETER_SOURCE_KERNEL ||
					  parameter->source == PARAMETER_SOURCE_RESULT);
			if (event->production == PRODUCED_PRE_EXECUTION)
				ck_assert(parameter->source == PARAMETER_SOURCE_REGISTER ||
					  parameter->source == PARAMETER_SOURCE_MEMORY);
			/* Registers hold numbers. */
			if (parameter->source == PARAMETER_SOURCE_REGISTER && parameter->type != TYPE_DYN)
				ck_assert_uint_ne(type_size_bytes((enum value_type)parameter->type), 0);
			if (parameter->type == TYPE_FSPATH || parameter->type == TYPE_FSRELPATH ||
			    parameter->type == TYPE_CHARBUF)
				ck_assert(parameter->source != PARAMETER_SOURCE_REGISTER_AND_KERNEL);
		}
		if (is_current(event) && event->event_class == EVENT_CLASS_SYSCALL && id != EVENT_GENERIC_X &&
		    event_parameter_count(id) > 0)
			ck_assert_msg(event_has_result(id), "%s", event->constant);
	}
	ck_assert(!event_has_result(EVENT_GENERIC_X));
	ck_assert(!event_has_result(EVENT_SOCKET_GETSOCKNAME_X));
	ck_assert(!event_has_result(EVENT_PROCEXIT_1_E));
	ck_assert(!event_has_result(EVENT_ID_COUNT));
}
END_TEST

/* Two parameters of a call that are read from one register say the same thing in two ways, or one is a mistake. */
START_TEST(registers_are_not_used_twice)
{
	static const struct {
		unsigned event, index;
	} allowed[] = {
	    {EVENT_SOCKET_SOCKET_X, PARAMETER_INDEX(SOCKET_SOCKET_X, flags)},           /* bits of type */
	    {EVENT_SYSCALL_QUOTACTL_X, PARAMETER_INDEX(SYSCALL_QUOTACTL_X, type)},      /* low byte of cmd */
	    {EVENT_SYSCALL_QUOTACTL_X, PARAMETER_INDEX(SYSCALL_QUOTACTL_X, quota_fmt)}, /* id, for Q_QUOTAON */
	};

	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		unsigned seen = 0;

		for (unsigned i = 0; i < event_parameter_count(id); i++) {
			const struct event_parameter_info *parameter = event_parameter_info(id, i);
			bool is_allowed = false;

			if (parameter->source != PARAMETER_SOURCE_REGISTER &&
			    parameter->source != PARAMETER_SOURCE_REGISTER_AND_KERNEL)
				continue;
			for (size_t k = 0; k < sizeof(allowed) / sizeof(allowed[0]); k++)
				is_allowed |= allowed[k].event == id && allowed[k].index == i;
			ck_assert_msg(is_allowed || !(seen >> parameter->argument & 1), "%s.%s",
				      event_info(id)->constant, parameter->name);
			seen |= 1u << parameter->argument;
		}
	}
}
END_TEST

START_TEST(what_makes_a_descriptor_rebinds_it)
{
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		const struct event_info *event = event_info(id);

		if (!is_current(event))
			continue;
		if (event->flags & EVENT_FLAG_CREATES_FD) {
			ck_assert_msg(event->rebinds & BINDING_DESCRIPTOR, "%s", event->constant);
			ck_assert_msg(event->rebinds & BINDING_DESCRIPTOR_NUMBER, "%s", event->constant);
		}
		if (event->rebinds & BINDING_DESCRIPTOR)
			ck_assert_msg(event->flags & (EVENT_FLAG_CREATES_FD | EVENT_FLAG_USES_FD), "%s",
				      event->constant);
		/* Nobody rebinds what cannot be bound. */
		ck_assert_uint_eq(event->rebinds & (BINDING_HEADER | BINDING_ARGUMENTS | BINDING_RESULT |
						    BINDING_SUCCESS | BINDING_TIME),
				  0);
	}
}
END_TEST

/* State that the drivers say a call modifies; these keep none that a field shows. */
START_TEST(state_changing_calls_rebind_something)
{
	static const uint16_t without[] = {
	    EVENT_SYSCALL_CLOSE_X, /* at the next event */
	    EVENT_SOCKET_SHUTDOWN_X, EVENT_SOCKET_GETSOCKOPT_X, EVENT_SYSCALL_MOUNT_X, EVENT_SYSCALL_UMOUNT_1_X,
	    EVENT_SYSCALL_UMOUNT2_X, EVENT_SYSCALL_PRCTL_X, /* subreapers matter when a process ends */
	};

	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		const struct event_info *event = event_info(id);
		bool is_without = false;

		if (!is_current(event) || !(event->flags & EVENT_FLAG_MODIFIES_STATE))
			continue;
		for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
			is_without |= without[i] == id;
		ck_assert_msg((event->rebinds == 0) == is_without, "%s", event->constant);
	}
}
END_TEST

/* Positions as the event model gives them: 0 for enters; for exits usually 1, with these exceptions. */
START_TEST(descriptor_parameters)
{
	static const struct {
		uint16_t event;
		uint8_t index;
	} exceptions[] = {
	    {EVENT_SYSCALL_READ_X, 2},     {EVENT_SYSCALL_PREAD_X, 2},  {EVENT_SYSCALL_WRITE_X, 2},
	    {EVENT_SYSCALL_PWRITE_X, 2},   {EVENT_SYSCALL_WRITEV_X, 2}, {EVENT_SYSCALL_PWRITEV_X, 2},
	    {EVENT_SOCKET_SEND_X, 2},      {EVENT_SOCKET_SENDTO_X, 2},  {EVENT_SOCKET_SENDMSG_X, 2},
	    {EVENT_SOCKET_RECV_X, 2},      {EVENT_SOCKET_BIND_X, 2},    {EVENT_SOCKET_CONNECT_X, 2},
	    {EVENT_SYSCALL_SENDFILE_X, 2}, {EVENT_SYSCALL_SPLICE_X, 2}, {EVENT_SYSCALL_SYMLINKAT_X, 2},
	    {EVENT_SOCKET_RECVFROM_X, 3},  {EVENT_SYSCALL_READV_X, 3},  {EVENT_SYSCALL_PREADV_X, 3},
	    {EVENT_SOCKET_RECVMSG_X, 5},   {EVENT_SYSCALL_MMAP_X, 8},   {EVENT_SYSCALL_MMAP2_X, 8},
	};

	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		const struct event_info *event = event_info(id);
		int expected = 1;

		if (!is_traced(event))
			continue;
		if (!(event->flags & (EVENT_FLAG_USES_FD | EVENT_FLAG_DESTROYS_FD)))
			expected = -1;
		else if (event->direction == DIRECTION_ENTER)
			expected = 0;
		for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
			if (exceptions[i].event == id)
				expected = exceptions[i].index;
		ck_assert_msg(event_descriptor_parameter(id) == expected, "%s: %d, not %d", event->constant,
			      event_descriptor_parameter(id), expected);
	}
	ck_assert_int_eq(event_descriptor_parameter(EVENT_ID_COUNT), -1);
}
END_TEST

START_TEST(names_lead_to_all_their_ids)
{
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		struct text name = text_from_string(event_info(id)->name);
		bool found = false;

		for (int next = event_next_by_name(name, 0); next >= 0;
		     next = event_next_by_name(name, (unsigned)next + 1)) {
			ck_assert(text_is(name, event_info((unsigned)next)->name));
			found |= (unsigned)next == id;
		}
		ck_assert(found);
		ck_assert(event_name_exists(name));
	}
	ck_assert(!event_name_exists(TEXT("openat3")));
	ck_assert(!event_name_exists(TEXT_EMPTY));
	ck_assert(!event_name_exists(TEXT("open\0at")));
	ck_assert_int_eq(event_next_by_name(TEXT("openat"), EVENT_ID_COUNT), -1);
	ck_assert_int_eq(event_next_by_name(TEXT("openat"), UINT32_MAX), -1);
}
END_TEST

START_TEST(bounds_hold_for_every_type)
{
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		for (unsigned i = 0; i < event_parameter_count(id); i++) {
			unsigned size = type_size_bytes((enum value_type)event_parameter_info(id, i)->type);
			uint32_t most = event_parameter_bytes_max(id, i);

			if (size != 0)
				ck_assert_uint_eq(most, size);
			else if (event_info(id)->flags & EVENT_FLAG_LARGE_PAYLOAD)
				ck_assert_uint_eq(most, PARAMETER_LARGE_BYTES_MAX);
			else
				ck_assert(most >= 256 && most <= 65535);
		}
	}
	ck_assert_uint_eq(event_parameter_bytes_max(EVENT_SYSCALL_CHDIR_X, 1), 4097);
	ck_assert_uint_eq(event_parameter_bytes_max(EVENT_SYSCALL_CHDIR_X, 2), 0);
}
END_TEST

START_TEST(calls_are_found_by_code_number_and_name)
{
	for (size_t row = 0; row < syscall_count(); row++) {
		const struct syscall_info *call = syscall_at(row);

		ck_assert_ptr_eq(syscall_by_code(call->code), call);
		ck_assert_ptr_eq(syscall_by_name(text_from_string(call->name)), call);
		ck_assert_uint_le(strlen(call->name), 64);
		if (call->number_x86_64 >= 0)
			ck_assert_ptr_eq(syscall_by_number_x86_64(call->number_x86_64), call);
		if (call->number_aarch64 >= 0)
			ck_assert_ptr_eq(syscall_by_number(ARCHITECTURE_AARCH64, call->number_aarch64), call);
	}
	ck_assert_str_eq(syscall_by_number_x86_64(257)->name, "openat");
	ck_assert_str_eq(syscall_by_number(ARCHITECTURE_AARCH64, 56)->name, "openat");
	ck_assert_ptr_null(syscall_by_number(ARCHITECTURE_AARCH64, 1078)); /* no open(2) there */
	for (int64_t number = 512; number < 2048; number++)
		ck_assert_ptr_null(syscall_by_number_x86_64(number));
	ck_assert_ptr_null(syscall_by_number_x86_64(-1));
	ck_assert_ptr_null(syscall_by_number_x86_64(INT64_MIN));
	ck_assert_ptr_null(syscall_by_number_x86_64(INT64_MAX));
	ck_assert_ptr_null(syscall_by_code(UINT32_MAX));
	ck_assert_ptr_null(syscall_by_name(TEXT("opena")));
	ck_assert_ptr_null(syscall_at(syscall_count()));
	ck_assert(syscall_is_generic_name(TEXT("madvise")));
	ck_assert(!syscall_is_generic_name(TEXT("openat")));
}
END_TEST

START_TEST(calls_lead_to_their_events)
{
	for (size_t row = 0; row < syscall_count(); row++) {
		const struct syscall_info *call = syscall_at(row);

		if (call->kind == SYSCALL_GENERIC)
			ck_assert_int_eq(call->exit_event, EVENT_GENERIC_X);
		if (call->kind != SYSCALL_SPECIFIC)
			continue;
		ck_assert_int_ge(call->exit_event, 0);
		ck_assert_msg(is_current(event_info((unsigned)call->exit_event)), "%s", call->name);
		ck_assert_str_eq(event_info((unsigned)call->exit_event)->name, call->event_name);
		if (call->has_pre_execution_copy)
			ck_assert_uint_eq(event_info((unsigned)call->enter_event)->production, PRODUCED_PRE_EXECUTION);
	}
}
END_TEST

START_TEST(every_event_of_today_has_a_call)
{
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		bool found = false;

		if (!is_current(event_info(id)))
			continue;
		for (size_t row = 0; row < syscall_count() && !found; row++)
			found = syscall_at(row)->exit_event == (int)id;
		ck_assert_msg(found, "no system call makes %s", event_info(id)->constant);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("events");
	TCase *tests = tcase_create("events");

	tcase_add_test(tests, every_id_has_a_row);
	tcase_add_test(tests, constants_are_unique);
	tcase_add_test(tests, parameter_names_are_unique_in_their_event);
	tcase_add_test(tests, what_is_not_made_any_more_changes_nothing);
	tcase_add_test(tests, parameters_use_tables_that_fit_their_type);
	tcase_add_test(tests, relative_paths_name_a_directory);
	tcase_add_test(tests, sources_agree_with_the_kind_of_event);
	tcase_add_test(tests, registers_are_not_used_twice);
	tcase_add_test(tests, what_makes_a_descriptor_rebinds_it);
	tcase_add_test(tests, state_changing_calls_rebind_something);
	tcase_add_test(tests, descriptor_parameters);
	tcase_add_test(tests, names_lead_to_all_their_ids);
	tcase_add_test(tests, bounds_hold_for_every_type);
	tcase_add_test(tests, calls_are_found_by_code_number_and_name);
	tcase_add_test(tests, calls_lead_to_their_events);
	tcase_add_test(tests, every_event_of_today_has_a_call);
	suite_add_tcase(suite, tests);
	return suite;
}

CHECK_MAIN(suite)
