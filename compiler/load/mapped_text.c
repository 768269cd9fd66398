#include "compiler/load/mapped_text.h"

#include <stdlib.h>
#include <string.h>

/* The piece that holds the byte; the last one for offsets past the end. NULL when there are no pieces. */
static const struct mapped_piece *piece_at(const struct mapped_text *text, uint32_t offset)
{
	uint32_t low = 0, high = text->piece_count;

	if (high == 0)
		return NULL;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (text->pieces[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return &text->pieces[low];
}

static uint32_t piece_end(const struct mapped_text *text, const struct mapped_piece *piece)
{
	const struct mapped_piece *next = piece + 1;

	return next < text->pieces + text->piece_count ? next->start : (uint32_t)text->text.length;
}

/* The part of a piece that [start, end) touches, in its file. */
static struct source_range part_of_piece(const struct mapped_text *text, const struct mapped_piece *piece,
					 uint32_t start, uint32_t end)
{
	uint32_t stop = piece_end(text, piece);
	struct source_range range = piece->range;

	if (piece->kind != PIECE_RUN)
		return range;
	if (start < piece->start)
		start = piece->start;
	if (end > stop)
		end = stop;
	range.start = piece->range.start + (start - piece->start);
	range.end = piece->range.start + (end > start ? end - piece->start : start - piece->start);
	return range;
}

/* Where a byte stands, and why it is there. */
struct place {
	struct source_range range;
	const struct insertion *inserted_by;
};

/* Of the byte `at` of a text that is not empty; the range is all of its piece that [start, end) touches. */
static struct place place_of(const struct mapped_text *text, uint32_t at, uint32_t start, uint32_t end)
{
	const struct mapped_piece *piece = piece_at(text, at);
	uint32_t stop = piece_end(text, piece), moved = piece->part.start - piece->start;
	struct place place;

	if (piece->kind != PIECE_PART)
		return (struct place){part_of_piece(text, piece, start, end), piece->inserted_by};
	at = at < stop ? at : stop - 1;
	start = start > piece->start ? start : piece->start;
	end = end < stop ? end : stop;
	place = place_of(piece->part.text, at + moved, start + moved, end + moved);
	if (!place.range.file)
		place.range = piece->inserted_by->use;
	place.inserted_by = piece->inserted_by;
	return place;
}

struct source_range mapped_text_range(struct span span)
{
	struct place first, last;

	if (!span.text)
		return SOURCE_RANGE_NONE;
	if (span.text->piece_count == 0)
		return span.text->whole;
	first = place_of(span.text, span.start, span.start, span.end);
	if (span.end <= span.start)
		return first.range;
	last = place_of(span.text, span.end - 1, span.start, span.end);
	/* Only what was inserted at one place and in one order belongs together. */
	if (last.range.file == first.range.file && last.inserted_by == first.inserted_by &&
	    last.range.end > first.range.end)
		first.range.end = last.range.end;
	return first.range;
}

const struct insertion *mapped_text_insertion(struct span span)
{
	const struct mapped_piece *piece = span.text ? piece_at(span.text, span.start) : NULL;

	return piece ? piece->inserted_by : NULL;
}

struct span mapped_text_span(const struct mapped_text *text)
{
	return (struct span){text, 0, (uint32_t)text->text.length};
}

const struct mapped_text *mapped_text_of_file(struct arena *arena, const struct source_file *file)
{
	struct mapped_text_builder builder;

	mapped_text_begin(&builder, arena);
	mapped_text_add_run(&builder, file->bytes, file, 0, NULL);
	return mapped_text_finish(&builder, (struct source_range){file, 0, (uint32_t)file->bytes.length});
}

void mapped_text_begin(struct mapped_text_builder *builder, struct arena *arena)
{
	*builder = (struct mapped_text_builder){.arena = arena};
}

void mapped_text_abandon(struct mapped_text_builder *builder)
{
	free(builder->bytes);
	free(builder->pieces);
	builder->bytes = NULL;
	builder->pieces = NULL;
	builder->length = builder->capacity = builder->piece_count = builder->piece_capacity = 0;
}

static void fail(struct mapped_text_builder *builder)
{
	mapped_text_abandon(builder);
	builder->failed = true;
}

/* Room for `wanted` elements at least. NULL without memory. */
static void *grow(void *old, uint32_t *capacity, size_t wanted, size_t element)
{
	size_t larger = *capacity ? (size_t)*capacity * 2 : 8;
	void *array;

	while (larger < wanted)
		larger *= 2;
	array = reallocarray(old, larger, element);
	if (array)
		*capacity = (uint32_t)larger;
	return array;
}

static void add_bytes(struct mapped_text_builder *builder, struct text bytes)
{
	if (builder->failed)
		return;
	if (bytes.length > MAPPED_TEXT_BYTES_MAX - builder->length) {
		fail(builder);
		builder->is_too_long = true;
		return;
	}
	if (builder->length + bytes.length > builder->capacity) {
		char *larger = grow(builder->bytes, &builder->capacity, builder->length + bytes.length, 1);

		if (!larger) {
			fail(builder);
			return;
		}
		builder->bytes = larger;
	}
	memcpy(builder->bytes + builder->length, bytes.bytes, bytes.length);
	builder->length += (uint32_t)bytes.length;
}

static void add_piece(struct mapped_text_builder *builder, struct mapped_piece piece)
{
	struct mapped_piece *last = builder->piece_count ? &builder->pieces[builder->piece_count - 1] : NULL;

	if (builder->failed)
		return;
	if (last && last->kind == PIECE_RUN && piece.kind == PIECE_RUN && last->range.file == piece.range.file &&
	    last->inserted_by == piece.inserted_by &&
	    last->range.start + (builder->length - last->start) == piece.range.start) {
		last->range.end = piece.range.end;
		return;
	}
	if (builder->piece_count == builder->piece_capacity) {
		struct mapped_piece *larger = grow(builder->pieces, &builder->piece_capacity, 0, sizeof *larger);

		if (!larger) {
			fail(builder);
			return;
		}
		builder->pieces = larger;
	}
	piece.start = builder->length;
	builder->pieces[builder->piece_count++] = piece;
}

void mapped_text_add(struct mapped_text_builder *builder, struct text bytes, struct source_range range,
		     const struct insertion *inserted_by)
{
	if (bytes.length == 0)
		return;
	add_piece(builder, (struct mapped_piece){.kind = PIECE_WHOLE, .range = range, .inserted_by = inserted_by});
	add_bytes(builder, bytes);
}

void mapped_text_add_run(struct mapped_text_builder *builder, struct text bytes, const struct source_file *file,
			 uint32_t offset, const struct insertion *inserted_by)
{
	if (bytes.length == 0)
		return;
	add_piece(builder, (struct mapped_piece){.kind = PIECE_RUN,
						 .range = {file, offset, offset + (uint32_t)bytes.length},
						 .inserted_by = inserted_by});
	add_bytes(builder, bytes);
}

void mapped_text_add_slice(struct mapped_text_builder *builder, const struct mapped_text *from, uint32_t start,
			   uint32_t end, const struct insertion *inserted_by)
{
	while (start < end) {
		const struct mapped_piece *from_piece = piece_at(from, start);
		uint32_t stop = piece_end(from, from_piece);
		struct mapped_piece piece = *from_piece;

		if (stop > end)
			stop = end;
		if (piece.kind == PIECE_PART) {
			piece.part.start += start - from_piece->start;
			piece.part.end = piece.part.start + (stop - start);
		} else {
			piece.range = part_of_piece(from, from_piece, start, stop);
		}
		if (inserted_by)
			piece.inserted_by = inserted_by;
		add_piece(builder, piece);
		add_bytes(builder, text_slice(from->text, start, stop - start));
		start = stop;
	}
}

void mapped_text_add_text(struct mapped_text_builder *builder, const struct mapped_text *text,
			  const struct insertion *inserted_by)
{
	if (text->text.length == 0)
		return;
	add_piece(builder, (struct mapped_piece){
			       .kind = PIECE_PART, .part = mapped_text_span(text), .inserted_by = inserted_by});
	add_bytes(builder, text->text);
}

void mapped_text_cut(struct mapped_text_builder *builder, uint32_t length)
{
	if (builder->failed || length >= builder->length)
		return;
	builder->length = length;
	while (builder->piece_count && builder->pieces[builder->piece_count - 1].start >= length)
		builder->piece_count--;
	/* The end of a run is where its text ends: add_piece() compares with it. */
	if (builder->piece_count) {
		struct mapped_piece *last = &builder->pieces[builder->piece_count - 1];

		if (last->kind == PIECE_RUN)
			last->range.end = last->range.start + (length - last->start);
		else if (last->kind == PIECE_PART)
			last->part.end = last->part.start + (length - last->start);
	}
}

/* Copies what was built into the arena, without room to grow. */
static const struct mapped_text *copy_built(const struct mapped_text_builder *builder, struct source_range whole)
{
	struct mapped_text *text = arena_allocate(builder->arena, sizeof *text);
	struct mapped_piece *pieces = arena_allocate_array(builder->arena, builder->piece_count, sizeof *pieces);

	if (!text || !pieces)
		return NULL;
	text->text = TEXT_EMPTY;
	if (builder->length) {
		text->text = arena_copy_text(builder->arena, text_of(builder->bytes, builder->length));
		if (!text->text.bytes)
			return NULL;
		memcpy(pieces, builder->pieces, builder->piece_count * sizeof *pieces);
	}
	text->pieces = pieces;
	text->piece_count = builder->piece_count;
	text->whole = whole;
	return text;
}

const struct mapped_text *mapped_text_finish(struct mapped_text_builder *builder, struct source_range whole)
{
	const struct mapped_text *text = builder->failed ? NULL : copy_built(builder, whole);

	mapped_text_abandon(builder);
	return text;
}
