/* Shared by the files that decode calls: writing parameters, and the decoders of single events. */
#ifndef TERCEL_AGENT_CAPTURE_DECODE_INTERNAL_H
#define TERCEL_AGENT_CAPTURE_DECODE_INTERNAL_H

#include <sys/syscall.h>

#include "agent/capture/decode.h"

#define DATA_BYTES_MAX 80 /* the drivers' snap length for data of reads and writes */

/* Number, in the size of the parameter's type. */
void set_number(struct decoder *decoder, struct event *event, unsigned index, uint64_t number);
/* Bytes that live long enough; set_text() copies and adds the NUL. */
void set_bytes(struct event *event, unsigned index, const void *bytes, size_t length);
void set_text(struct decoder *decoder, struct event *event, unsigned index, struct text text);
void set_empty(struct event *event, unsigned index);
void set_unknown(struct event *event, unsigned index);
/* A string from the caller's memory; empty when it cannot be read. */
void set_string_at(struct decoder *decoder, struct event *event, unsigned index, uint64_t address);
/* Up to DATA_BYTES_MAX bytes from the caller's memory. */
void set_data_at(struct decoder *decoder, struct event *event, unsigned index, uint64_t address, uint64_t length);

/*
 * What is special about one event: called after the generic parameters are in place. Several events share a function where
 * only positions differ.
 */
typedef void special_decoder(struct decoder *decoder, const struct engine_call *call, struct event *event);

#define SPECIAL(event, function) special_decoder function;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
#include "agent/capture/decode_special.def"
#pragma GCC diagnostic pop
#undef SPECIAL

static inline bool is_execve(const struct engine_call *call)
{
	return call->number == SYS_execve || call->number == SYS_execveat;
}

/* The path of an execve, kept at enter for its exit. */
void remember_program_path(struct decoder *decoder, const struct engine_call *call);
void forget_program_path(struct decoder *decoder, pid_t tid);

static inline bool succeeded(const struct engine_call *call)
{
	return call->has_result && call->result >= 0;
}

#endif
