#include "instrument/document/unified_diff.h"

#include <stdlib.h>
#include <string.h>

#define CONTEXT_LINES 3
#define DISTANCE_MAX 4000 /* lines that were taken or added; the memory grows with its square */

struct lines {
	struct text *texts; /* each with its newline, if it has one */
	size_t count;
};

/* One line of the script that makes the new text of the old one. */
struct step {
	char sign; /* ' ', '-', '+' */
	size_t old_line, new_line;
};

struct script {
	struct step *steps;
	size_t count;
};

static bool split_lines(struct text text, struct lines *ret_lines)
{
	size_t count = 1;

	for (size_t i = 0; i < text.length; i++)
		count += text.bytes[i] == '\n';
	ret_lines->texts = calloc(count, sizeof *ret_lines->texts);
	ret_lines->count = 0;
	if (!ret_lines->texts)
		return false;
	while (text.length > 0) {
		size_t end = text_find_byte(text, '\n');
		size_t length = end == SIZE_MAX ? text.length : end + 1;

		ret_lines->texts[ret_lines->count++] = text_slice(text, 0, length);
		text = text_slice(text, length, SIZE_MAX);
	}
	return true;
}

static void add_step(struct script *script, char sign, size_t old_line, size_t new_line)
{
	script->steps[script->count++] = (struct step){sign, old_line, new_line};
}

/* ---- Myers' greedy algorithm (An O(ND) Difference Algorithm and Its Variations, 1986) on the lines between ---- */

struct middle {
	const struct text *old_texts, *new_texts;
	long old_count, new_count;
};

/* How far each diagonal got, after each number of differences; NULL without memory. *ret_distance -1: too many. */
static long **walk(const struct middle *middle, long *ret_distance)
{
	long limit =
	    middle->old_count + middle->new_count < DISTANCE_MAX ? middle->old_count + middle->new_count : DISTANCE_MAX;
	long **trace = calloc((size_t)limit + 1, sizeof *trace);

	*ret_distance = -1;
	for (long distance = 0; trace && distance <= limit; distance++) {
		long *reached = calloc((size_t)(2 * distance + 3), sizeof *reached), *before;

		if (!reached)
			break;
		trace[distance] = reached;
		reached += distance + 1;
		before = distance > 0 ? trace[distance - 1] + distance : NULL;
		for (long k = -distance; k <= distance; k += 2) {
			long x = 0, y;

			if (before && (k == -distance || (k != distance && before[k - 1] < before[k + 1])))
				x = before[k + 1];
			else if (before)
				x = before[k - 1] + 1;
			y = x - k;
			while (x < middle->old_count && y < middle->new_count && y >= 0 &&
			       text_equal(middle->old_texts[x], middle->new_texts[y])) {
				x++;
				y++;
			}
			reached[k] = x;
			if (x >= middle->old_count && y >= middle->new_count) {
				*ret_distance = distance;
				return trace;
			}
		}
	}
	return trace;
}

static void free_trace(long **trace, long limit)
{
	for (long i = 0; trace && i <= limit; i++)
		free(trace[i]);
	free(trace);
}

/* Appends the steps of the middle, whose first lines are `start` in both texts. */
static bool add_middle(struct script *script, const struct middle *middle, size_t start)
{
	long x = middle->old_count, y = middle->new_count, distance;
	long limit = x + y < DISTANCE_MAX ? x + y : DISTANCE_MAX;
	long **trace = walk(middle, &distance);
	size_t first = script->count;

	if (!trace)
		return false;
	if (distance < 0) {
		for (long i = 0; i < x; i++)
			add_step(script, '-', start + (size_t)i, start);
		for (long i = 0; i < y; i++)
			add_step(script, '+', start + (size_t)x, start + (size_t)i);
		free_trace(trace, limit);
		return true;
	}
	/* From the end back to the start. */
	for (; x > 0 || y > 0; distance--) {
		long k = x - y, before_k, before_x = 0, before_y = 0;
		const long *before = distance > 0 ? trace[distance - 1] + distance : NULL;

		if (before) {
			before_k = k == -distance || (k != distance && before[k - 1] < before[k + 1]) ? k + 1 : k - 1;
			before_x = before[before_k];
			before_y = before_x - before_k;
		}
		while (x > before_x && y > before_y) {
			x--;
			y--;
			add_step(script, ' ', start + (size_t)x, start + (size_t)y);
		}
		if (!before)
			break;
		if (x == before_x)
			add_step(script, '+', start + (size_t)x, start + (size_t)--y);
		else
			add_step(script, '-', start + (size_t)--x, start + (size_t)y);
	}
	for (size_t i = first, j = script->count; i + 1 < j; i++) {
		struct step swapped = script->steps[i];

		script->steps[i] = script->steps[--j];
		script->steps[j] = swapped;
	}
	free_trace(trace, limit);
	return true;
}

static bool make_script(const struct lines *old_lines, const struct lines *new_lines, struct script *script)
{
	size_t shorter = old_lines->count < new_lines->count ? old_lines->count : new_lines->count;
	size_t start = 0, behind = 0;
	struct middle middle;

	while (start < shorter && text_equal(old_lines->texts[start], new_lines->texts[start]))
		start++;
	while (behind < shorter - start && text_equal(old_lines->texts[old_lines->count - behind - 1],
						      new_lines->texts[new_lines->count - behind - 1]))
		behind++;
	middle = (struct middle){old_lines->texts + start, new_lines->texts + start,
				 (long)(old_lines->count - start - behind), (long)(new_lines->count - start - behind)};
	for (size_t i = 0; i < start; i++)
		add_step(script, ' ', i, i);
	if (!add_middle(script, &middle, start))
		return false;
	for (size_t i = behind; i > 0; i--)
		add_step(script, ' ', old_lines->count - i, new_lines->count - i);
	return true;
}

/* ---- printing ---- */

static void print_range(struct buffer *buffer, char sign, size_t first, size_t count)
{
	/* A range without lines is named by the line before it. */
	buffer_printf(buffer, " %c%zu", sign, count > 0 ? first + 1 : first);
	if (count != 1)
		buffer_printf(buffer, ",%zu", count);
}

static void print_hunk(struct buffer *buffer, const struct step *steps, size_t count, const struct lines *old_lines,
		       const struct lines *new_lines)
{
	size_t old_count = 0, new_count = 0;

	for (size_t i = 0; i < count; i++) {
		old_count += steps[i].sign != '+';
		new_count += steps[i].sign != '-';
	}
	buffer_append_string(buffer, "@@");
	print_range(buffer, '-', steps[0].old_line, old_count);
	print_range(buffer, '+', steps[0].new_line, new_count);
	buffer_append_string(buffer, " @@\n");
	for (size_t i = 0; i < count; i++) {
		struct text line =
		    steps[i].sign == '+' ? new_lines->texts[steps[i].new_line] : old_lines->texts[steps[i].old_line];

		buffer_append_byte(buffer, (unsigned char)steps[i].sign);
		buffer_append_text(buffer, line);
		if (!text_ends_with(line, TEXT("\n")))
			buffer_append_string(buffer, "\n\\ No newline at end of file\n");
	}
}

static void print_script(struct buffer *buffer, const struct script *script, const struct lines *old_lines,
			 const struct lines *new_lines)
{
	for (size_t at = 0; at < script->count;) {
		size_t first, end, quiet = 0;

		while (at < script->count && script->steps[at].sign == ' ')
			at++;
		if (at == script->count)
			return;
		first = at > CONTEXT_LINES ? at - CONTEXT_LINES : 0;
		/* The hunk goes on until more lines are the same than both contexts have. */
		for (end = at; end < script->count && quiet <= 2 * CONTEXT_LINES; end++)
			quiet = script->steps[end].sign == ' ' ? quiet + 1 : 0;
		at = end;
		if (quiet > CONTEXT_LINES)
			end -= quiet - CONTEXT_LINES;
		print_hunk(buffer, script->steps + first, end - first, old_lines, new_lines);
	}
}

bool unified_diff(struct text old_text, const char *old_name, struct text new_text, const char *new_name,
		  struct buffer *buffer)
{
	struct lines old_lines = {0}, new_lines = {0};
	struct script script = {0};
	bool good;

	if (text_equal(old_text, new_text))
		return true;
	good = split_lines(old_text, &old_lines) && split_lines(new_text, &new_lines);
	if (good)
		script.steps = calloc(old_lines.count + new_lines.count + 1, sizeof *script.steps);
	good = good && script.steps && make_script(&old_lines, &new_lines, &script);
	if (good) {
		buffer_printf(buffer, "--- %s\n+++ %s\n", old_name, new_name);
		print_script(buffer, &script, &old_lines, &new_lines);
	}
	free(old_lines.texts);
	free(new_lines.texts);
	free(script.steps);
	return good && !buffer->failed;
}
