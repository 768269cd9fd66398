#include "compiler/patterns/state_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void state_table_release(struct state_table *table)
{
	free(table->next);
	free(table->accepting);
	*table = (struct state_table){0};
}

/*
 * Hopcroft's algorithm. Blocks of equivalent states are runs of `members`; splitting a block moves the marked states to
 * its front and makes them a block of their own.
 */
struct partition {
	uint32_t *members;     /* states, ordered by block */
	uint32_t *place;       /* state -> its index in members */
	uint32_t *block_of;    /* state -> block */
	uint32_t *begin, *end; /* block -> its run of members */
	uint32_t *marked;      /* block -> how many of its members are marked (they stand first) */
	uint32_t block_count;
	uint32_t *waiting; /* splitters: block * class_count + class; each at most once */
	size_t waiting_count;
	uint8_t *is_waiting;
	uint32_t *touched; /* blocks with marked members */
	uint32_t touched_count;
	uint32_t *inverse_begin; /* [class * state_count + state] -> run of `inverse`: states that lead there */
	uint32_t *inverse;
	uint32_t *sources;
};

static void partition_release(struct partition *partition)
{
	free(partition->members);
	free(partition->place);
	free(partition->block_of);
	free(partition->begin);
	free(partition->end);
	free(partition->marked);
	free(partition->waiting);
	free(partition->is_waiting);
	free(partition->touched);
	free(partition->inverse_begin);
	free(partition->inverse);
	free(partition->sources);
}

static bool partition_allocate(struct partition *partition, size_t states, size_t classes)
{
	partition->members = calloc(states, sizeof(uint32_t));
	partition->place = calloc(states, sizeof(uint32_t));
	partition->block_of = calloc(states, sizeof(uint32_t));
	partition->begin = calloc(states + 1, sizeof(uint32_t));
	partition->end = calloc(states + 1, sizeof(uint32_t));
	partition->marked = calloc(states + 1, sizeof(uint32_t));
	partition->waiting = calloc((states + 1) * classes, sizeof(uint32_t));
	partition->is_waiting = calloc((states + 1) * classes, 1);
	partition->touched = calloc(states, sizeof(uint32_t));
	partition->inverse_begin = calloc(states * classes + 1, sizeof(uint32_t));
	partition->inverse = calloc(states * classes, sizeof(uint32_t));
	partition->sources = calloc(states, sizeof(uint32_t));
	return partition->members && partition->place && partition->block_of && partition->begin && partition->end &&
	       partition->marked && partition->waiting && partition->is_waiting && partition->touched &&
	       partition->inverse_begin && partition->inverse && partition->sources;
}

static void invert(struct partition *partition, const struct state_table *table)
{
	size_t states = table->state_count, classes = table->class_count;
	uint32_t *begin = partition->inverse_begin;

	for (size_t i = 0; i < states; i++)
		for (size_t c = 0; c < classes; c++)
			begin[c * states + table->next[i * classes + c] + 1]++;
	for (size_t i = 1; i <= states * classes; i++)
		begin[i] += begin[i - 1];
	/* Fill from the back of each run: afterwards begin[] has moved to the run's start again. */
	for (size_t i = 0; i < states; i++)
		for (size_t c = 0; c < classes; c++)
			partition->inverse[--begin[c * states + table->next[i * classes + c] + 1]] = (uint32_t)i;
	/* begin[j + 1] now is the start of run j. */
	memmove(begin, begin + 1, states * classes * sizeof *begin);
	begin[states * classes] = (uint32_t)(states * classes);
}

static void wait_for(struct partition *partition, size_t splitter)
{
	if (partition->is_waiting[splitter])
		return;
	partition->is_waiting[splitter] = 1;
	partition->waiting[partition->waiting_count++] = (uint32_t)splitter;
}

static void mark(struct partition *partition, uint32_t state)
{
	uint32_t block = partition->block_of[state];
	uint32_t target = partition->begin[block] + partition->marked[block];
	uint32_t from = partition->place[state];
	uint32_t other = partition->members[target];

	if (from < target)
		return; /* marked already */
	if (partition->marked[block]++ == 0)
		partition->touched[partition->touched_count++] = block;
	partition->members[target] = state;
	partition->members[from] = other;
	partition->place[state] = target;
	partition->place[other] = from;
}

/* Makes the marked members of the touched blocks blocks of their own. */
static void split_touched(struct partition *partition, size_t classes)
{
	for (uint32_t i = 0; i < partition->touched_count; i++) {
		uint32_t block = partition->touched[i];
		uint32_t marked = partition->marked[block];
		uint32_t size = partition->end[block] - partition->begin[block];
		uint32_t fresh;

		partition->marked[block] = 0;
		if (marked == size)
			continue;
		fresh = partition->block_count++;
		partition->begin[fresh] = partition->begin[block];
		partition->end[fresh] = partition->begin[block] + marked;
		partition->begin[block] += marked;
		for (uint32_t at = partition->begin[fresh]; at < partition->end[fresh]; at++)
			partition->block_of[partition->members[at]] = fresh;
		for (size_t c = 0; c < classes; c++) {
			/* The smaller half is enough, unless the old block waits already. */
			if (partition->is_waiting[block * classes + c] || marked <= size - marked)
				wait_for(partition, fresh * classes + c);
			else
				wait_for(partition, block * classes + c);
		}
	}
	partition->touched_count = 0;
}

static void refine(struct partition *partition, const struct state_table *table)
{
	size_t states = table->state_count, classes = table->class_count;

	while (partition->waiting_count > 0) {
		uint32_t splitter = partition->waiting[--partition->waiting_count];
		uint32_t block = splitter / (uint32_t)classes, class = splitter % (uint32_t)classes;
		uint32_t source_count = 0;

		partition->is_waiting[splitter] = 0;
		/* Marking reorders members: the sources are collected first. Every state is a source at most once. */
		for (uint32_t at = partition->begin[block]; at < partition->end[block]; at++) {
			size_t run = class * states + partition->members[at];

			for (uint32_t j = partition->inverse_begin[run]; j < partition->inverse_begin[run + 1]; j++)
				partition->sources[source_count++] = partition->inverse[j];
		}
		for (uint32_t i = 0; i < source_count; i++)
			mark(partition, partition->sources[i]);
		split_touched(partition, classes);
	}
}

/* Blocks become states, numbered in the order in which a search from the start meets them; others are left out. */
static int collect(const struct partition *partition, const struct state_table *table, struct state_table *ret_table)
{
	struct state_table result = {.class_count = table->class_count};
	size_t classes = table->class_count;
	uint32_t *number = calloc(partition->block_count, sizeof *number); /* 0: not met, else number + 1 */
	uint32_t *queue = calloc(partition->block_count, sizeof *queue);
	uint32_t done = 0;

	result.next = calloc((size_t)partition->block_count * classes, sizeof *result.next);
	result.accepting = calloc(partition->block_count, 1);
	if (!number || !queue || !result.next || !result.accepting) {
		free(number);
		free(queue);
		state_table_release(&result);
		return -ENOMEM;
	}
	queue[0] = partition->block_of[table->start];
	number[queue[0]] = 1;
	result.state_count = 1;
	for (; done < result.state_count; done++) {
		uint32_t state = partition->members[partition->begin[queue[done]]];

		result.accepting[done] = table->accepting[state];
		for (size_t c = 0; c < classes; c++) {
			uint32_t block = partition->block_of[table->next[state * classes + c]];

			if (number[block] == 0) {
				queue[result.state_count++] = block;
				number[block] = result.state_count;
			}
			result.next[done * classes + c] = number[block] - 1;
		}
	}
	free(number);
	free(queue);
	*ret_table = result;
	return 0;
}

int state_table_minimise(const struct state_table *table, struct state_table *ret_table)
{
	struct partition partition = {0};
	uint32_t states = table->state_count;
	int status = -ENOMEM;

	if (!partition_allocate(&partition, states, table->class_count))
		goto out;
	invert(&partition, table);
	for (uint32_t i = 0; i < states; i++) {
		partition.members[i] = i;
		partition.place[i] = i;
	}
	partition.end[0] = states;
	partition.block_count = 1;
	for (uint32_t i = 0; i < states; i++)
		if (table->accepting[i])
			mark(&partition, i);
	split_touched(&partition, 0);
	for (size_t c = 0; c < table->class_count; c++)
		for (uint32_t block = 0; block < partition.block_count; block++)
			wait_for(&partition, block * (size_t)table->class_count + c);
	refine(&partition, table);
	status = collect(&partition, table, ret_table);
out:
	partition_release(&partition);
	return status;
}

void state_table_equal_classes(const struct state_table *table, uint32_t *representatives)
{
	size_t classes = table->class_count;

	for (uint32_t c = 0; c < classes; c++) {
		representatives[c] = c;
		for (uint32_t earlier = 0; earlier < c && representatives[c] == c; earlier++) {
			uint32_t state = 0;

			if (representatives[earlier] != earlier)
				continue;
			while (state < table->state_count &&
			       table->next[state * classes + c] == table->next[state * classes + earlier])
				state++;
			if (state == table->state_count)
				representatives[c] = earlier;
		}
	}
}
