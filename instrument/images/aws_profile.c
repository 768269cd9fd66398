/*
 * Credentials in AWS's shared files: ~/.aws/credentials and ~/.aws/config ("Shared config and credentials files" in the
 * AWS SDKs and Tools Reference Guide). The former wins where both have a profile.
 */
#include "instrument/images/aws_credential_sources.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file_io.h"
#include "base/utf8.h"
#include "instrument/images/run_program.h"

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define BLANKS " \t\r"

struct profile {
	struct text name;
	struct text credentials, config; /* the files */
	struct text source;              /* for messages */
};

/* ---- the format ---- */

/* The name of a section's line, "[NAME]"; in the config file "[profile NAME]", of which "[default]" is an exception. */
static bool is_section(struct text line, struct text name, bool is_config)
{
	struct text inside = text_slice(line, 1, text_find_byte(line, ']') - 1);
	bool has_word;

	if (text_find_byte(line, ']') == SIZE_MAX)
		return false;
	inside = text_trim(inside, BLANKS);
	has_word = text_starts_with(inside, TEXT("profile ")) || text_starts_with(inside, TEXT("profile\t"));
	if (is_config && !has_word && !text_is(inside, "default"))
		return false;
	if (is_config && has_word)
		inside = text_trim(text_slice(inside, strlen("profile "), SIZE_MAX), BLANKS);
	return text_equal(text_trim(inside, "\"'"), name);
}

/* Without a comment, which begins after a blank. */
static struct text value_of(struct text text)
{
	for (size_t i = 1; i < text.length; i++)
		if ((text.bytes[i] == '#' || text.bytes[i] == ';') &&
		    (text.bytes[i - 1] == ' ' || text.bytes[i - 1] == '\t'))
			return text_trim(text_slice(text, 0, i), BLANKS);
	return text_trim(text, BLANKS);
}

/* The last value of a key in the sections of that name; an empty `key`: whether there is such a section. */
static bool find_in_file(struct text file, struct text section, bool is_config, const char *key, struct text *ret_value)
{
	bool is_inside = false, is_found = false;

	while (file.length > 0) {
		size_t end = text_find_byte(file, '\n'), equals;
		struct text line = text_slice(file, 0, end), name;

		file = end == SIZE_MAX ? TEXT_EMPTY : text_slice(file, end + 1, SIZE_MAX);
		if (line.length == 0 || strchr("#; \t\r", line.bytes[0])) /* a comment, or a setting within a setting */
			continue;
		if (line.bytes[0] == '[') {
			is_inside = is_section(line, section, is_config);
			is_found |= is_inside && !key[0];
			continue;
		}
		equals = text_find_byte(line, '=');
		name = text_trim(text_slice(line, 0, equals), BLANKS);
		if (!is_inside || equals == SIZE_MAX || !text_equal_but_case(name, text_from_string(key)))
			continue;
		*ret_value = value_of(text_slice(line, equals + 1, SIZE_MAX));
		is_found = true;
	}
	return is_found;
}

static bool exists(const struct profile *profile)
{
	return find_in_file(profile->credentials, profile->name, false, "", NULL) ||
	       find_in_file(profile->config, profile->name, true, "", NULL);
}

/* Empty when there is none. */
static struct text setting(const struct profile *profile, const char *key)
{
	struct text value = TEXT_EMPTY;

	if (!find_in_file(profile->credentials, profile->name, false, key, &value))
		find_in_file(profile->config, profile->name, true, key, &value);
	return value;
}

static bool has(const struct profile *profile, const char *key)
{
	return setting(profile, key).length > 0;
}

/* ---- the profile ---- */

/* The file, or nothing if it does not exist. */
static bool read_shared_file(struct aws_search *search, const char *variable, const char *name, struct text *ret_file)
{
	const char *given = aws_variable(variable), *home = aws_variable("HOME");
	struct text path =
	    given ? text_from_string(given) : arena_format(search->arena, "%s/.aws/%s", home ? home : "", name);
	struct buffer buffer = BUFFER_INIT;
	int status = path.bytes ? file_read(path.bytes, FILE_BYTES_MAX, &buffer) : -ENOMEM;

	*ret_file = TEXT_EMPTY;
	if (!status) {
		*ret_file = arena_copy_text(search->arena, buffer_text(&buffer));
		status = ret_file->bytes ? 0 : -ENOMEM;
	}
	buffer_release(&buffer);
	if (!status || status == -ENOENT || status == -ENOTDIR)
		return true;
	aws_fail(search, "cannot read %s: %s", path.bytes ? path.bytes : name, strerror(-status));
	return false;
}

static enum aws_result ask_process(struct aws_search *search, const struct profile *profile)
{
	char shell[] = "/bin/sh", option[] = "-c";
	char *command = arena_copy_string(search->arena, setting(profile, "credential_process"));
	char *const arguments[] = {shell, option, command, NULL};
	struct buffer output = {.limit_bytes = AWS_ANSWER_BYTES_MAX};
	struct text json = {0};

	if (command && run_program(arguments, TEXT_EMPTY, &output))
		json = arena_copy_text(search->arena, buffer_text(&output));
	buffer_release(&output);
	if (!json.bytes)
		return aws_fail(search, "AWS credentials from " TEXT_FORMAT ": its credential_process failed",
				TEXT_ARGUMENTS(profile->source));
	return aws_take_json(
	    search, json, "SessionToken",
	    arena_format(search->arena, "the credential_process of " TEXT_FORMAT, TEXT_ARGUMENTS(profile->source)));
}

static enum aws_result refuse(struct aws_search *search, const struct profile *profile, const char *what)
{
	return aws_fail(search,
			"AWS credentials from " TEXT_FORMAT
			": %s, which is not done here; let AWS's command line do it: "
			"eval \"$(aws configure export-credentials --profile " TEXT_FORMAT " --format env)\"",
			TEXT_ARGUMENTS(profile->source), what, TEXT_ARGUMENTS(profile->name));
}

static enum aws_result take_profile(struct aws_search *search, const struct profile *profile)
{
	char *role_arn = arena_copy_string(search->arena, setting(profile, "role_arn"));
	char *token_path = arena_copy_string(search->arena, setting(profile, "web_identity_token_file"));
	char *session_name = arena_copy_string(search->arena, setting(profile, "role_session_name"));

	if (!role_arn || !token_path || !session_name)
		return AWS_FAILED;
	if (role_arn[0] && token_path[0])
		return aws_assume_role_with_token(search, role_arn, token_path, session_name, profile->source);
	if (role_arn[0])
		return refuse(search, profile, "it assumes a role (role_arn)");
	if (has(profile, "aws_access_key_id") || has(profile, "aws_secret_access_key"))
		return aws_take(search, setting(profile, "aws_access_key_id"),
				setting(profile, "aws_secret_access_key"), setting(profile, "aws_session_token"),
				profile->source);
	if (has(profile, "sso_session") || has(profile, "sso_start_url"))
		return refuse(search, profile, "it is of IAM Identity Center (sso)");
	if (has(profile, "login_session"))
		return refuse(search, profile, "it is of `aws login`");
	if (has(profile, "credential_process"))
		return ask_process(search, profile);
	return AWS_ABSENT;
}

enum aws_result aws_from_profile(struct aws_search *search)
{
	const char *given =
	    aws_variable("AWS_PROFILE") ? aws_variable("AWS_PROFILE") : aws_variable("AWS_DEFAULT_PROFILE");
	struct profile profile = {.name = given ? text_from_string(given) : TEXT("default")};

	if (!utf8_is_printable(profile.name))
		return aws_fail(search, "AWS_PROFILE holds what no name can");
	profile.source = arena_format(search->arena, "profile \"" TEXT_FORMAT "\"", TEXT_ARGUMENTS(profile.name));
	if (!read_shared_file(search, "AWS_SHARED_CREDENTIALS_FILE", "credentials", &profile.credentials) ||
	    !read_shared_file(search, "AWS_CONFIG_FILE", "config", &profile.config))
		return AWS_FAILED;
	if (!exists(&profile))
		return given ? aws_fail(search, "AWS_PROFILE names \"%s\", which neither of AWS's shared files has",
					given)
			     : AWS_ABSENT;
	return take_profile(search, &profile);
}
