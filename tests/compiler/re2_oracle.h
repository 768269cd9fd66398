/* RE2 itself, in the mode that rules use, behind a C interface. */
#ifndef TERCEL_TESTS_COMPILER_RE2_ORACLE_H
#define TERCEL_TESTS_COMPILER_RE2_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct re2_oracle;

/* Always an object; re2_oracle_error() is "" when the pattern is fine. */
struct re2_oracle *re2_oracle_new(const char *pattern, size_t length);
void re2_oracle_free(struct re2_oracle *oracle);
const char *re2_oracle_error(const struct re2_oracle *oracle);
bool re2_oracle_matches(const struct re2_oracle *oracle, const char *text, size_t length);

#ifdef __cplusplus
}
#endif

#endif
