/*
 * Words for the constants of the catalogue, as listings print them. Functions of masks append the words of the set
 * bits, lowest first.
 */
#ifndef TERCEL_COMPILER_LISTINGS_LIST_NAMES_H
#define TERCEL_COMPILER_LISTINGS_LIST_NAMES_H

#include "catalog/catalog.h"

/* A word for each bit, lowest first. */
struct word_list {
	const char *const *words;
	size_t count;
};

extern const struct word_list binding_words;    /* enum binding */
extern const struct word_list prediction_words; /* enum prediction */
extern const struct word_list event_flag_words; /* enum event_flag */
extern const struct word_list field_flag_words; /* enum field_flag */
extern const struct word_list kind_words;       /* 1 << enum value_kind */

const char *format_word(enum value_format format);
const char *argument_word(enum field_argument argument);
/* How an argument is written: "[N]"; "" for none. */
const char *argument_form(enum field_argument argument);
const char *production_word(enum event_production production);
const char *source_word(enum parameter_source source);
const char *flag_style_word(enum flag_style style);
const char *syscall_kind_word(enum syscall_kind kind);
const char *event_class_word(enum event_class event_class);

#endif
