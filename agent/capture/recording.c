#include "agent/capture/recording.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/capture/proc_files.h"
#include "base/clock.h"
#include "base/log.h"

#define FLUSH_AFTER_NS NS_PER_S
#define DESCRIPTORS_MAX 65536u /* of the first process */

static struct recording *recording_of(struct state_observer *observer)
{
	return (struct recording *)(void *)observer;
}

/* Until the recording begins, everything goes into its lists. */
static void on_process_found(struct state_observer *observer, const struct thread *thread)
{
	struct recording *recording = recording_of(observer);

	if (recording->has_begun)
		scap_writer_note_process(recording->writer, thread);
}

static void on_descriptor_found(struct state_observer *observer, const struct thread *owner, int64_t number,
				const struct descriptor *descriptor)
{
	struct recording *recording = recording_of(observer);

	if (recording->has_begun)
		scap_writer_note_descriptor(recording->writer, owner, number, descriptor);
}

int recording_open(struct recording *recording, const struct recording_options *options, struct state *state,
		   int signal_number)
{
	const struct scap_write_options write_options = {.is_compressed = options->is_compressed,
							 .limit_bytes = options->limit_bytes};
	struct sigevent ring = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal_number};
	int error;

	*recording = (struct recording){
		.observer = {.process_found = on_process_found, .descriptor_found = on_descriptor_found},
		.options = options,
		.state = state,
	};
	if (options->descriptor < 0)
		return 0;
	if (timer_create(CLOCK_MONOTONIC, &ring, &recording->flush_timer) < 0)
		return -errno;
	recording->has_timer = true;
	error = scap_writer_open_growing(options->descriptor, &write_options, &recording->writer);
	if (!error)
		state_set_observer(state, &recording->observer);
	return error;
}

/* Told once: nothing is written from now on. What is in the file stays, and is a capture. */
static void end_recording(struct recording *recording, int error)
{
	if (error == -EFBIG && recording->options->limit_bytes)
		log_warning("the recording ends here: it has come to its limit of %" PRIu64 " bytes (--write-limit)",
			    recording->options->limit_bytes);
	else
		log_warning("the recording ends here, it cannot be written: %s", strerror(-error));
	state_set_observer(recording->state, NULL);
	scap_writer_discard(recording->writer);
	recording->writer = NULL;
}

static void await_flush(struct recording *recording)
{
	struct itimerspec setting = {.it_value = {.tv_sec = FLUSH_AFTER_NS / NS_PER_S, .tv_nsec = FLUSH_AFTER_NS % NS_PER_S}};

	if (!recording->is_flush_awaited && timer_settime(recording->flush_timer, 0, &setting, NULL) == 0)
		recording->is_flush_awaited = true;
}

/* ---- the start ---- */

/* What is open when the recording begins: later on it comes with the events that open it. */
static void find_descriptors(struct recording *recording, pid_t process)
{
	char path[64];
	const struct dirent *entry;
	unsigned count = 0;
	DIR *directory;

	snprintf(path, sizeof path, "/proc/%d/fd", process);
	directory = opendir(path);
	if (!directory)
		return; /* no right to look there: they stay unknown */
	while (count++ < DESCRIPTORS_MAX && (entry = readdir(directory))) {
		struct descriptor_identity identity;
		uint64_t number;

		if (text_to_u64(text_from_string(entry->d_name), &number) && number <= INT32_MAX &&
		    proc_read_descriptor_identity(process, (int64_t)number, &identity))
			state_check_descriptor(recording->state, process, (int64_t)number, &identity);
	}
	closedir(directory);
}

void recording_before(struct recording *recording, pid_t first, const struct event *event)
{
	int error;

	if (!recording->writer || recording->has_begun)
		return;
	find_descriptors(recording, first);
	error = scap_writer_begin_section(recording->writer, recording->state, event);
	recording->has_begun = true;
	if (error)
		end_recording(recording, error);
}

/* ---- events ---- */

void recording_after(struct recording *recording, struct event *event, bool gave_alert)
{
	bool is_shown = gave_alert || !recording->options->alerts_only;
	int error;

	if (!recording->writer)
		return;
	error = scap_writer_add(recording->writer, event, is_shown ? SCAP_WRITE_SHOWN : SCAP_WRITE_STATE_ONLY);
	if (error)
		end_recording(recording, error);
	else
		await_flush(recording);
}

void recording_flush_if_due(struct recording *recording)
{
	struct itimerspec left;
	int error;

	if (!recording->writer || !recording->is_flush_awaited || timer_gettime(recording->flush_timer, &left) < 0 ||
	    left.it_value.tv_sec != 0 || left.it_value.tv_nsec != 0)
		return;
	recording->is_flush_awaited = false;
	error = scap_writer_flush(recording->writer);
	if (error)
		end_recording(recording, error);
}

void recording_close(struct recording *recording)
{
	int error = recording->writer ? scap_writer_flush(recording->writer) : 0;

	if (error)
		end_recording(recording, error);
	else if (recording->writer)
		scap_writer_close(recording->writer);
	if (recording->has_timer)
		timer_delete(recording->flush_timer);
	*recording = (struct recording){0};
}
