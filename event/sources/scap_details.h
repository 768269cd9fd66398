/*
 * A block of our own beside the lists of a capture: what these cannot hold of threads and descriptors (start times, the
 * side of a socket, names by which files were opened ...), so that a capture that begins in the middle of things replays
 * as the whole one does. Other readers pass over it, as over every block of a type that they do not know.
 *
 * Among events no such block may stand. What a live recording learned from elsewhere than the events (processes and
 * descriptors that were looked up, as those that came in messages) stands before the event that needed it, in an
 * asynchronous event with the name SCAP_DETAILS_EVENT_NAME, marked as state only, whose data is the same as the block's
 * body.
 *
 * The body is a version (u16, today 1) and a reserved u16, then entries that begin with their length (u32, counting
 * itself) and their kind (u8). An entry of a kind that is not known, and bytes behind an entry's last field, are passed
 * over. Numbers are little-endian, texts stand behind their length (u16).
 *
 *	thread (1)	i64 tid, u8 flags (1 placeholder, 2 ended, 4 reaper), u8 part in a pipeline, u64 clone time, u64 clone
 *			time minus change of the executable, u64 that minus start of the pid namespace, u8 mask of texts, the
 *			texts of the mask (comm, exe, exepath, root, cgroups, command line, container id, cwd), u16 type of a pending
 *			enter event; if not 0: i64 directory, u32 flags, bytes as a text
 *	descriptor (2)	i64 tid, i64 number, u8 kind (row of descriptor_kinds.def), u8 protocol, u8 role, u8 flags (1 connected,
 *			2 close-on-exec, 4 upper layer, 8 lower layer), u32 open flags, u32 device, u64 inode, name, raw name;
 *			IP: 16 bytes source, u16 port, 16 bytes destination, u16 port; unix: u64 and u64 pointers; pidfd: i64
 *	exit (3)	i64 tid, i64 parent, u64 time: a thread that ended shortly before
 *	process (4)	as in a process list of version 9, without its length: one that was looked up; its table of descriptors
 *			is empty
 *	container (5)	text: the container to which all threads belong from now on, whatever their cgroups say; empty: the
 *			host
 */
#ifndef TERCEL_EVENT_SOURCES_SCAP_DETAILS_H
#define TERCEL_EVENT_SOURCES_SCAP_DETAILS_H

#include "base/buffer.h"
#include "event/state/snapshot.h"

#define SCAP_DETAILS_VERSION 1
#define SCAP_DETAILS_EVENT_NAME "tercel_details"

/* What stands before the entries. */
void scap_details_begin(struct buffer *body);

/* Each appends one entry. */
void scap_details_thread(struct buffer *block, const struct thread_details *details);
void scap_details_descriptor(struct buffer *block, int64_t tid, const struct snapshot_descriptor *row);
void scap_details_exit(struct buffer *block, const struct recent_exit_row *row);
void scap_details_process(struct buffer *block, const struct process_entry *entry);
void scap_details_container(struct buffer *block, struct text id);

#endif
