#include "tests/compiler/re2_oracle.h"

#include <re2/re2.h>

struct re2_oracle {
	re2_oracle(re2::StringPiece pattern, const RE2::Options &options) : re(pattern, options) {}
	RE2 re;
};

struct re2_oracle *re2_oracle_new(const char *pattern, size_t length)
{
	RE2::Options options(RE2::POSIX);

	options.set_log_errors(false);
	options.set_max_mem(256 << 20);
	return new re2_oracle(re2::StringPiece(pattern, length), options);
}

void re2_oracle_free(struct re2_oracle *oracle)
{
	delete oracle;
}

const char *re2_oracle_error(const struct re2_oracle *oracle)
{
	return oracle->re.error().c_str();
}

bool re2_oracle_matches(const struct re2_oracle *oracle, const char *text, size_t length)
{
	return RE2::FullMatch(re2::StringPiece(text, length), oracle->re);
}
