#include "agent/capture/blind_spots.h"

#include <inttypes.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "catalog/catalog.h"

void blind_spots_tell_calls(struct alert_output *output, const struct buffer *calls)
{
	struct buffer message = BUFFER_INIT;

	if (calls->length == 0)
		return;
	buffer_printf(&message,
		      "Rules cannot see these system calls until the workload starts anew: the filter was made for an "
		      "earlier bundle (calls=" TEXT_FORMAT ")",
		      TEXT_ARGUMENTS(buffer_text(calls)));
	alert_output_raise_internal(output, TEXT("Tercel rules blind"), PRIORITY_WARNING, buffer_text(&message),
				    clock_realtime_ns());
	buffer_release(&message);
}

static void tell_bypass(struct alert_output *output, const char *what, const struct engine_call *call,
			const struct thread *thread)
{
	struct text name = thread ? thread_comm(thread) : TEXT("<NA>");
	struct buffer message = BUFFER_INIT;

	buffer_printf(&message, "%s (process=" TEXT_FORMAT " pid=%" PRId64 ")", what, TEXT_ARGUMENTS(name),
		      thread ? thread->pid : (int64_t)call->tid);
	alert_output_raise_internal(output, TEXT("Tercel rules bypassed"), PRIORITY_WARNING, buffer_text(&message),
				    clock_realtime_ns());
	buffer_release(&message);
}

void blind_spots_look_at(struct alert_output *output, const struct engine_call *call, const struct thread *thread)
{
	if (call->number == SYS_seccomp && call->arguments[0] == SECCOMP_SET_MODE_FILTER &&
	    (call->arguments[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		tell_bypass(output, "A process makes a seccomp listener of its own: calls that it lets continue are not seen",
			    call, thread);
	else if (call->number == SYS_io_uring_setup)
		tell_bypass(output, "A process uses io_uring: what it opens, connects and removes by it is not seen", call,
			    thread);
}
