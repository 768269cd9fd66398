#include "proto/key_file.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/file_io.h"
#include "tests/support/check_main.h"
#include "tests/support/temporary_directory.h"

static struct temporary_directory directory;
static char name[PATH_MAX], secret_path[PATH_MAX], public_path[PATH_MAX];
static struct signing_key key;

static void setup(void)
{
	temporary_directory_make(&directory);
	temporary_directory_path(&directory, "ci", name);
	temporary_directory_path(&directory, "ci.key", secret_path);
	temporary_directory_path(&directory, "ci.pub", public_path);
	ck_assert_int_eq(signing_key_generate(&key), 0);
}

static void teardown(void)
{
	temporary_directory_remove(&directory);
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	ck_assert_int_eq(stat(path, &status), 0);
	return status.st_mode & 07777;
}

START_TEST(a_written_pair_is_read_again)
{
	struct signing_key read;
	struct trust_set trust = {0};
	struct public_key public_key = signing_key_public(&key);

	ck_assert_int_eq(key_pair_write(&key, name), 0);
	ck_assert_uint_eq(mode_of(secret_path), 0600);
	ck_assert_int_eq(signing_key_read(secret_path, &read), 0);
	ck_assert_mem_eq(&read, &key, sizeof key);
	ck_assert_int_eq(trust_set_add_file(&trust, public_path), 0);
	ck_assert_int_eq(trust_set_add_file(&trust, public_path), 0);
	ck_assert_uint_eq(trust.count, 1);
	ck_assert_mem_eq(&trust.keys[0], &public_key, sizeof public_key);
	ck_assert_ptr_eq(trust_set_find(&trust, key.id), &trust.keys[0]);
	signing_key_release(&read);
	ck_assert_uint_eq(read.bytes[0] | read.bytes[31] | read.id[0], 0);
}
END_TEST

START_TEST(no_file_is_ever_overwritten)
{
	struct stat status;

	ck_assert_int_eq(key_pair_write(&key, name), 0);
	ck_assert_int_eq(key_pair_write(&key, name), -EEXIST);
	ck_assert_int_eq(unlink(secret_path), 0);
	ck_assert_int_eq(key_pair_write(&key, name), -EEXIST);
	/* The half that could be written is gone again. */
	ck_assert_int_eq(stat(secret_path, &status), -1);
	ck_assert_int_eq(unlink(public_path), 0);
	ck_assert_int_eq(key_pair_write(&key, name), 0);
}
END_TEST

START_TEST(signatures_of_the_pair_fit)
{
	struct public_key public_key = signing_key_public(&key);
	uint8_t signature[SIGNATURE_BYTES];

	crypto_sign_detached(signature, NULL, (const uint8_t *)"message", 7, key.bytes);
	ck_assert_int_eq(crypto_sign_verify_detached(signature, (const uint8_t *)"message", 7, public_key.bytes), 0);
	ck_assert_int_ne(crypto_sign_verify_detached(signature, (const uint8_t *)"Message", 7, public_key.bytes), 0);
}
END_TEST

/* Changes byte `at` of what the base64 line of a file holds. */
static void change_record(const char *path, size_t at, uint8_t change)
{
	struct buffer contents = BUFFER_INIT;
	uint8_t record[256];
	char encoded[512];
	size_t length, comment;

	ck_assert_int_eq(file_read(path, 10000, &contents), 0);
	comment = text_find_byte(buffer_text(&contents), '\n') + 1;
	ck_assert_int_eq(sodium_base642bin(record, sizeof record, (const char *)contents.bytes + comment,
					   contents.length - comment, "\n", &length, NULL,
					   sodium_base64_VARIANT_ORIGINAL),
			 0);
	ck_assert_uint_lt(at, length);
	record[at] ^= change;
	sodium_bin2base64(encoded, sizeof encoded, record, length, sodium_base64_VARIANT_ORIGINAL);
	contents.length = comment;
	buffer_append_string(&contents, encoded);
	ck_assert_int_eq(file_write_atomic(path, contents.bytes, contents.length, 0600), 0);
	buffer_release(&contents);
}

START_TEST(damaged_secret_keys_are_refused)
{
	struct signing_key read;

	ck_assert_int_eq(key_pair_write(&key, name), 0);
	change_record(secret_path, 0, 0); /* the helper itself changes nothing else */
	ck_assert_int_eq(signing_key_read(secret_path, &read), 0);
	for (size_t at = 62; at < 126; at++) {
		change_record(secret_path, at, 0x10);
		ck_assert_int_eq(signing_key_read(secret_path, &read), -EBADMSG);
		change_record(secret_path, at, 0x10);
	}
	change_record(secret_path, 0, 1);
	ck_assert_int_eq(signing_key_read(secret_path, &read), -EBADMSG);
	change_record(secret_path, 0, 1);
	change_record(secret_path, 2, 'S');
	change_record(secret_path, 3, 'c');
	ck_assert_int_eq(signing_key_read(secret_path, &read), -EKEYREJECTED);
	ck_assert_int_eq(signing_key_read(public_path, &read), -EBADMSG);
	ck_assert_int_eq(signing_key_read(name, &read), -ENOENT);
}
END_TEST

START_TEST(other_files_are_no_public_keys)
{
	static char large[10000];
	struct trust_set trust = {0};

	ck_assert_int_eq(key_pair_write(&key, name), 0);
	ck_assert_int_eq(trust_set_add_file(&trust, secret_path), -EBADMSG);
	ck_assert_int_eq(trust_set_add(&trust, TEXT("")), -EBADMSG);
	ck_assert_int_eq(trust_set_add(&trust, TEXT("untrusted comment: only\n")), -EBADMSG);
	ck_assert_int_eq(trust_set_add(&trust, TEXT("RW!\n")), -EBADMSG);
	ck_assert_int_eq(trust_set_add(&trust, TEXT("RWScDudNOZlSWXS6/Dj/lqjp6RE6fRUIpWCu8IfxghJol0HpXe1Ib9W\n")),
			 -EBADMSG);
	change_record(public_path, 1, 1);
	ck_assert_int_eq(trust_set_add_file(&trust, public_path), -EBADMSG);
	memset(large, 'A', sizeof large);
	ck_assert_int_eq(file_write_atomic(public_path, large, sizeof large, 0600), 0);
	ck_assert_int_eq(trust_set_add_file(&trust, public_path), -EFBIG);
	ck_assert_uint_eq(trust.count, 0);
}
END_TEST

/* Written by minisign 0.11. */
#define MINISIGN_PUBLIC "RWScDudNOZlSWXS6/Dj/lqjp6RE6fRUIpWCu8IfxghJol0HpXe1Ib9WF"

START_TEST(a_key_on_a_command_line_is_a_path_or_the_key)
{
	struct trust_set trust = {0};

	ck_assert_int_eq(trust_set_add_argument(&trust, MINISIGN_PUBLIC), 0);
	ck_assert_uint_eq(trust.count, 1);
	ck_assert_int_eq(key_pair_write(&key, name), 0);
	ck_assert_int_eq(trust_set_add_argument(&trust, public_path), 0);
	ck_assert_uint_eq(trust.count, 2);
	ck_assert_int_eq(trust_set_add_argument(&trust, MINISIGN_PUBLIC), 0);
	ck_assert_uint_eq(trust.count, 2);
	/* One character less, or the algorithm of something else: a file that is not there. */
	ck_assert_int_eq(trust_set_add_argument(&trust, "WScDudNOZlSWXS6/Dj/lqjp6RE6fRUIpWCu8IfxghJol0HpXe1Ib9WF"), -ENOENT);
	ck_assert_int_eq(trust_set_add_argument(&trust, "SWScDudNOZlSWXS6/Dj/lqjp6RE6fRUIpWCu8IfxghJol0HpXe1Ib9WF"), -ENOENT);
	ck_assert_int_eq(trust_set_add_argument(&trust, ""), -ENOENT);
	ck_assert_uint_eq(trust.count, 2);
}
END_TEST

START_TEST(a_public_key_of_minisign_is_read)
{
	struct trust_set trust = {0};
	char id[KEY_ID_TEXT_BYTES];

	ck_assert_int_eq(trust_set_add(&trust, TEXT("untrusted comment: x\r\n" MINISIGN_PUBLIC "\r\n\n")), 0);
	ck_assert_int_eq(trust_set_add(&trust, TEXT(MINISIGN_PUBLIC)), 0);
	ck_assert_uint_eq(trust.count, 1);
	ck_assert_str_eq(key_id_format(trust.keys[0].id, id), "595299394DE70E9C");
	/* The same number with another key would make signatures ambiguous. */
	ck_assert_int_eq(trust_set_add(&trust, TEXT("RWScDudNOZlSWXS6/Dj/lqjp6RE6fRUIpWCu8IfxghJol0HpXe1Ib9WG")),
			 -EBADMSG);
	ck_assert_uint_eq(trust.count, 1);
}
END_TEST

START_TEST(a_trust_set_has_a_limit)
{
	struct trust_set trust = {0};

	for (int i = 0; i <= TRUST_KEYS_MAX; i++) {
		ck_assert_int_eq(signing_key_generate(&key), 0);
		ck_assert_int_eq(key_pair_write(&key, name), 0);
		ck_assert_int_eq(trust_set_add_file(&trust, public_path), i < TRUST_KEYS_MAX ? 0 : -ENOSPC);
		unlink(secret_path);
		unlink(public_path);
	}
	ck_assert_uint_eq(trust.count, TRUST_KEYS_MAX);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("key_file");
	TCase *t = tcase_create("key_file");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_written_pair_is_read_again);
	tcase_add_test(t, no_file_is_ever_overwritten);
	tcase_add_test(t, signatures_of_the_pair_fit);
	tcase_add_test(t, damaged_secret_keys_are_refused);
	tcase_add_test(t, other_files_are_no_public_keys);
	tcase_add_test(t, a_key_on_a_command_line_is_a_path_or_the_key);
	tcase_add_test(t, a_public_key_of_minisign_is_read);
	tcase_add_test(t, a_trust_set_has_a_limit);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
