#include "orchestrator/collect/batch.h"

#include <assert.h>

#include "orchestrator/store/store.h"

void batch_init(struct batch *batch, struct store *store, void (*send)(void *context, void *request, struct text answer),
		void *context, struct text failed_answer)
{
	*batch = (struct batch){.store = store, .send = send, .context = context, .failed_answer = failed_answer};
}

void batch_release(struct batch *batch)
{
	for (size_t i = 0; i < BATCH_REQUESTS_MAX; i++)
		buffer_release(&batch->answers[i].bytes);
}

int batch_begin_write(struct batch *batch)
{
	int error = 0;

	if (!batch->is_writing) {
		error = store_begin(batch->store);
		batch->is_writing = error == 0;
	}
	return error;
}

struct buffer *batch_answer(struct batch *batch, void *request)
{
	struct batch_answer *answer = &batch->answers[batch->count];

	assert(batch->count < BATCH_REQUESTS_MAX);
	batch->count++;
	answer->request = request;
	answer->needs_commit = batch->is_writing;
	buffer_clear(&answer->bytes);
	return &answer->bytes;
}

int batch_finish(struct batch *batch)
{
	int error = 0;

	if (batch->is_writing) {
		error = store_commit(batch->store);
		if (error < 0)
			store_roll_back(batch->store);
		batch->is_writing = false;
	}
	for (size_t i = 0; i < batch->count; i++) {
		struct batch_answer *answer = &batch->answers[i];
		bool is_good = (error == 0 || !answer->needs_commit) && !answer->bytes.failed;

		batch->send(batch->context, answer->request, is_good ? buffer_text(&answer->bytes) : batch->failed_answer);
	}
	batch->count = 0;
	return error;
}
