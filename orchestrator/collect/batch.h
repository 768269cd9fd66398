/*
 * Group commit: the answers to many requests leave together, after one commit. What an answer promises is on disk before
 * anybody sees it; when the commit fails, every answer of the batch says so instead.
 */
#ifndef TERCEL_ORCHESTRATOR_COLLECT_BATCH_H
#define TERCEL_ORCHESTRATOR_COLLECT_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/text.h"

struct store;

#define BATCH_REQUESTS_MAX 256

struct batch {
	struct store *store;
	/* Sends one answer; called only by batch_finish(). */
	void (*send)(void *context, void *request, struct text answer);
	void *context;
	struct text failed_answer; /* what is sent when the commit failed */
	bool is_writing;
	size_t count;
	struct batch_answer {
		void *request;
		struct buffer bytes;
		bool needs_commit; /* something was written in the batch before it was given */
	} answers[BATCH_REQUESTS_MAX];
};

/* `batch` is large: keep it in the heap or in another struct there. */
void batch_init(struct batch *batch, struct store *store, void (*send)(void *context, void *request, struct text answer),
		void *context, struct text failed_answer);
void batch_release(struct batch *batch);

/* Call before the first write of a request; begins the transaction once. 0 or a negative errno of the store. */
int batch_begin_write(struct batch *batch);

/* The buffer for the answer to `request`, empty. At most BATCH_REQUESTS_MAX until batch_finish(). */
struct buffer *batch_answer(struct batch *batch, void *request);

/* Commits, then sends: the answers that needed the commit become `failed_answer` when it failed. Returns what it returned. */
int batch_finish(struct batch *batch);

#endif
