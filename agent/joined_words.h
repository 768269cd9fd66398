/*
 * Words that a template could only give as one text. CloudFormation's functions make lists of words that are known only
 * when it is deployed; `Fn::Join` makes one word of such a list, and this takes it apart again.
 */
#ifndef TERCEL_AGENT_JOINED_WORDS_H
#define TERCEL_AGENT_JOINED_WORDS_H

#include <stddef.h>

/*
 * The words between the separators in `text`, then `command_count` words of `command`, then NULL: a vector for exec. An
 * empty text is no word; two separators side by side have an empty word between them. `separator` is not empty. The
 * vector is the caller's to free; its words are, but for the command's, in the same piece of memory. NULL without memory.
 */
char **joined_words_prepend(const char *separator, const char *text, char *const *command, size_t command_count);

#endif
