/*
 * What loading and running cost, on a program of 93 rules shaped like the published ones: reads and writes of files by
 * prefixes and sets, spawned processes by names, command lines and ancestors, connections by networks and ports.
 *
 *	bench_vm [ROUNDS]
 *	valgrind --tool=callgrind --toggle-collect=interpreter_run bench_vm MATCHERS EVENT	0 or 1, 0 to 3; 1000 runs
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/vm/vm_support.h"
#include "vm/program_writer_internal.h"

#define RULES 93
#define OPEN_RULES 32
#define SPAWN_RULES 46
#define RUNS 200000
#define GROUP 8 /* rules behind one guard */

static const char *const programs[] = {"bash",	"sh",	 "zsh",	  "vi",	    "emacs",   "sshd",	 "cron",    "dpkg",  "apt",
				       "yum",	"rpm",	 "python", "perl",  "ruby",    "node",	 "java",    "nginx", "httpd",
				       "mysqld", "postgres", "redis-server", "docker", "runc", "containerd", "kubelet", "systemd",
				       "login", "su",	 "sudo",  "passwd", "useradd", "usermod", "groupadd", "chpasswd", "vipw"};
static const char *const folders[] = {"/etc/",	     "/root/.ssh", "/usr/bin/",	   "/usr/sbin/",   "/var/lib/dpkg", "/dev/",
				      "/proc/self/", "/sys/",	   "/home/",	   "/tmp/",	   "/boot/",	    "/lib/modules",
				      "/etc/shadow", "/etc/pam.d/", "/etc/ssl/",   "/var/run/secrets"};

struct workload {
	struct program_writer *writer;
	uint32_t name, parent, file, type, user, command, container, ancestors, terminal, is_read, is_write, result, server,
		network, port, executable;
	struct rule_test {
		uint32_t predicate;
		bool polarity;
	} tests[RULES][8];
	unsigned test_count[RULES];
	uint32_t rarest[RULES]; /* of each rule the predicate that wakes it */
	uint32_t matchers[8], matcher_count;
	bool is_matched[4096]; /* predicates */
};

static uint32_t set_predicate(struct workload *w, uint32_t slot, unsigned first, unsigned count)
{
	struct text members[64];

	for (unsigned i = 0; i < count; i++)
		members[i] = text_from_string(programs[(first + i * 3) % (sizeof programs / sizeof programs[0])]);
	return program_writer_predicate(w->writer, slot, OPERATOR_IN, QUANTIFIER_SCALAR, MODIFIER_NONE,
					program_writer_bytes_set_operand(w->writer, members, count));
}

static uint32_t text_predicate(struct workload *w, uint32_t slot, enum operator_id operator, const char *t)
{
	return program_writer_predicate(w->writer, slot, operator, QUANTIFIER_SCALAR, MODIFIER_NONE,
					program_writer_bytes_operand(w->writer, text_from_string(t)));
}

static uint32_t number_predicate(struct workload *w, uint32_t slot, enum operator_id operator, uint64_t number)
{
	return program_writer_predicate(w->writer, slot, operator, QUANTIFIER_SCALAR, MODIFIER_NONE,
					program_writer_number_operand(w->writer, number));
}

static uint32_t folder_predicate(struct workload *w, unsigned rule)
{
	struct text paths[3];

	if (rule % 4 == 0) {
		for (unsigned i = 0; i < 3; i++)
			paths[i] = text_from_string(folders[(rule + i * 5) % 16]);
		return program_writer_predicate(w->writer, w->file, OPERATOR_PMATCH, QUANTIFIER_SCALAR, MODIFIER_NONE,
						program_writer_trie_operand(w->writer, paths, 3));
	}
	if (rule % 4 == 1)
		return text_predicate(w, w->file, OPERATOR_CONTAINS, rule % 8 == 1 ? "/.ssh/" : "id_rsa");
	return text_predicate(w, w->file, OPERATOR_STARTSWITH, folders[rule % 16]);
}

static void add_rule(struct workload *w, unsigned rule)
{
	struct program_output_piece pieces[16];
	struct program_output_field fields[] = {{TEXT("container.id"), w->container}, {TEXT("evt.type"), w->type},
						{TEXT("fd.name"), w->file},	      {TEXT("proc.cmdline"), w->command},
						{TEXT("proc.name"), w->name},	      {TEXT("proc.pname"), w->parent}};
	static const struct text tags[] = {TEXT("T1555"), TEXT("container"), TEXT("filesystem"), TEXT("mitre_credential_access")};
	char name[64], description[256];
	struct program_rule_description row = {.source = TEXT("syscall"),
					       .priority = PRIORITY_WARNING,
					       .is_enabled = true,
					       .tags = tags,
					       .tag_count = 4,
					       .pieces = pieces,
					       .piece_count = 12,
					       .fields = fields,
					       .field_count = 6,
					       .file = TEXT_EMPTY};

	for (unsigned i = 0; i < 6; i++) {
		pieces[2 * i] = (struct program_output_piece){.is_literal = true, .literal = i % 2 ? TEXT(" by=") : TEXT(" opened=")};
		pieces[2 * i + 1] = (struct program_output_piece){.slot = fields[i].slot};
	}
	snprintf(name, sizeof name, "Rule number %u about something that happens", rule);
	snprintf(description, sizeof description,
		 "Rule %u detects that somebody reads or writes something that is not theirs, which an attacker would do to "
		 "find credentials or to stay on the machine; exceptions are those of the distribution.", rule);
	row.name = text_from_string(name);
	row.description = text_from_string(description);
	program_writer_rule(w->writer, &row);
}

static void add_test(struct workload *w, unsigned rule, uint32_t predicate, bool polarity)
{
	w->tests[rule][w->test_count[rule]++] = (struct rule_test){predicate, polarity};
}

static uint32_t rarest(struct workload *w, unsigned rule, uint32_t predicate)
{
	w->rarest[rule] = predicate;
	return predicate;
}

/* Tests in the order in which the rules are written: macros first, then the specific part, exceptions last. */
static void open_rule(struct workload *w, unsigned rule)
{
	add_test(w, rule, number_predicate(w, rule % 2 ? w->is_read : w->is_write, OPERATOR_EQUAL, 1), true);
	add_test(w, rule, text_predicate(w, w->type, OPERATOR_EQUAL, "f"), true);
	add_test(w, rule, number_predicate(w, w->result, OPERATOR_GREATER_EQUAL, 0), true);
	if (rule % 3 == 0)
		add_test(w, rule, text_predicate(w, w->container, OPERATOR_EQUAL, "host"), false);
	add_test(w, rule, rarest(w, rule, folder_predicate(w, rule)), true);
	add_test(w, rule, set_predicate(w, w->name, rule % 7, 8 + rule % 5), false);
	add_test(w, rule, set_predicate(w, w->parent, rule % 5, 6), false);
	add_test(w, rule, text_predicate(w, w->command, OPERATOR_CONTAINS, "/usr/bin/dpkg"), false);
}

static void spawn_rule(struct workload *w, unsigned rule)
{
	struct program_writer *writer = w->writer;
	uint32_t ancestor = program_writer_predicate(writer, w->ancestors, OPERATOR_EQUAL, QUANTIFIER_ANY, MODIFIER_NONE,
						     program_writer_bytes_operand(writer, TEXT("sshd")));

	if (rule % 3 == 0)
		add_test(w, rule, text_predicate(w, w->container, OPERATOR_EQUAL, "host"), false);
	if (rule % 2)
		add_test(w, rule, rarest(w, rule, set_predicate(w, w->name, rule % 11, 4 + rule % 7)), true);
	else
		add_test(w, rule, rarest(w, rule, text_predicate(w, w->name, OPERATOR_EQUAL, programs[rule % 35])), true);
	if (rule % 5 == 0)
		add_test(w, rule, number_predicate(w, w->terminal, OPERATOR_NOT_EQUAL, 0), true);
	add_test(w, rule, text_predicate(w, w->command, OPERATOR_CONTAINS, rule % 2 ? "-i" : "/dev/tcp"), true);
	add_test(w, rule, ancestor, true);
	add_test(w, rule, set_predicate(w, w->parent, rule % 9, 5), false);
}

static void connect_rule(struct workload *w, unsigned rule)
{
	static const struct program_network inside[] = {{{10}, 4, 8}, {{172, 16}, 4, 12}, {{192, 168}, 4, 16}};
	struct program_writer *writer = w->writer;

	add_test(w, rule, rarest(w, rule, number_predicate(w, w->port, OPERATOR_EQUAL, 22 + rule * 3)), true);
	add_test(w, rule,
		 program_writer_predicate(writer, w->network, OPERATOR_IN, QUANTIFIER_SCALAR, MODIFIER_NONE,
					  program_writer_networks_operand(writer, inside, 3)),
		 false);
	add_test(w, rule, set_predicate(w, w->name, rule % 7, 6), false);
}

/* One matcher after the other for the rarest predicates of rules [first, end), as many in each as go together. */
static void add_matchers(struct workload *w, unsigned first, unsigned end)
{
	w->matcher_count = 0;
	for (;;) {
		uint32_t predicates[RULES], count = 0;

		for (unsigned rule = first; rule < end; rule++) {
			if (w->is_matched[w->rarest[rule]])
				continue;
			predicates[count] = w->rarest[rule];
			if (!program_writer_can_match(w->writer, predicates, count + 1))
				continue;
			w->is_matched[predicates[count++]] = true;
		}
		if (count == 0)
			return;
		w->matchers[w->matcher_count++] = program_writer_matcher(
			w->writer, ((const struct format_predicate *)(const void *)w->writer->predicates.bytes + predicates[0])->slot,
			predicates, count);
	}
}

static void write_block(struct workload *w, unsigned event, unsigned first, unsigned end, bool with_matchers)
{
	struct program_writer *writer = w->writer;
	uint32_t block, group_end = 0;

	if (with_matchers)
		add_matchers(w, first, end);
	block = program_writer_begin_block(writer);
	program_writer_entry(writer, block, event);
	program_writer_capture(writer, event, 0);
	for (uint32_t i = 0; with_matchers && i < w->matcher_count; i++)
		program_writer_run_matcher(writer, w->matchers[i]);
	for (unsigned rule = first; rule < end; rule++) {
		uint32_t next = program_writer_new_label(writer);

		if (with_matchers && (rule - first) % GROUP == 0) {
			group_end = program_writer_new_label(writer);
			program_writer_guard(writer, w->rarest + rule, end - rule < GROUP ? end - rule : GROUP, group_end);
		}
		program_writer_begin_rule(writer, rule, next);
		if (with_matchers)
			program_writer_test(writer, w->rarest[rule], true, false, next);
		for (unsigned i = 0; i < w->test_count[rule]; i++)
			program_writer_test(writer, w->tests[rule][i].predicate, w->tests[rule][i].polarity, false, next);
		program_writer_match(writer, rule);
		program_writer_place_label(writer, next);
		if (with_matchers && ((rule - first) % GROUP == GROUP - 1 || rule + 1 == end))
			program_writer_place_label(writer, group_end);
	}
	program_writer_end_block(writer);
}

static void write_workload(struct workload *w, bool with_matchers)
{
	memset(w, 0, sizeof *w);
	w->writer = program_writer_new();
	w->name = plain_slot(w->writer, FIELD_PROC_NAME);
	w->parent = plain_slot(w->writer, FIELD_PROC_PNAME);
	w->file = plain_slot(w->writer, FIELD_FD_NAME);
	w->type = plain_slot(w->writer, FIELD_FD_TYPECHAR);
	w->command = plain_slot(w->writer, FIELD_PROC_CMDLINE);
	w->container = plain_slot(w->writer, FIELD_CONTAINER_ID);
	w->ancestors = each_slot(w->writer, FIELD_PROC_ANAME);
	w->terminal = plain_slot(w->writer, FIELD_PROC_TTY);
	w->is_read = plain_slot(w->writer, FIELD_EVT_IS_OPEN_READ);
	w->is_write = plain_slot(w->writer, FIELD_EVT_IS_OPEN_WRITE);
	w->result = plain_slot(w->writer, FIELD_FD_NUM);
	w->server = plain_slot(w->writer, FIELD_FD_SIP);
	w->network = plain_slot(w->writer, FIELD_FD_SNET);
	w->port = plain_slot(w->writer, FIELD_FD_SPORT);
	for (unsigned rule = 0; rule < RULES; rule++) {
		add_rule(w, rule);
		if (rule < OPEN_RULES)
			open_rule(w, rule);
		else if (rule < OPEN_RULES + SPAWN_RULES)
			spawn_rule(w, rule);
		else
			connect_rule(w, rule);
	}
	write_block(w, EVENT_SYSCALL_OPENAT_2_X, 0, OPEN_RULES, with_matchers);
	write_block(w, EVENT_SYSCALL_EXECVE_19_X, OPEN_RULES, OPEN_RULES + SPAWN_RULES, with_matchers);
	write_block(w, EVENT_SOCKET_CONNECT_X, OPEN_RULES + SPAWN_RULES, RULES, with_matchers);
}

static struct table_source source;

static void set_values(const struct workload *w)
{
	static struct value ancestors[4];

	table_source_init(&source);
	ancestors[0] = text_value("bash");
	ancestors[1] = text_value("containerd-shim");
	ancestors[2] = text_value("containerd");
	ancestors[3] = text_value("systemd");
	source.values[w->name] = text_value("python3.11");
	source.values[w->parent] = text_value("containerd-shim");
	source.values[w->file] = text_value("/usr/share/nginx/html/index.html");
	source.values[w->type] = text_value("f");
	source.values[w->command] = text_value("nginx -g daemon off; worker process");
	source.values[w->container] = text_value("3ad7b26ded6d");
	source.values[w->ancestors] = list_value(TYPE_CHARBUF, ancestors, 4);
	source.values[w->terminal] = value_of_number(TYPE_INT32, 0);
	source.values[w->is_read] = value_of_number(TYPE_BOOL, 1);
	source.values[w->is_write] = value_of_number(TYPE_BOOL, 0);
	source.values[w->result] = value_of_number(TYPE_INT64, 9);
	source.values[w->server] = bytes_value(TYPE_IPV4ADDR, "\x0a\0\0\x01", 4);
	source.values[w->network] = bytes_value(TYPE_IPV4ADDR, "\x0a\0\0\x01", 4);
	source.values[w->port] = value_of_number(TYPE_PORT, 443);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *samples, unsigned count)
{
	qsort(samples, count, sizeof *samples, compare_doubles);
	return samples[count / 2];
}

static const struct {
	const char *name;
	unsigned event;
} measured[] = {
	{"openat, 32 rules", EVENT_SYSCALL_OPENAT_2_X},
	{"execve, 46 rules", EVENT_SYSCALL_EXECVE_19_X},
	{"connect, 15 rules", EVENT_SOCKET_CONNECT_X},
	{"close, no rule", EVENT_SYSCALL_CLOSE_X},
};

/* Medians of loading once, and of one run of each event. */
static void measure(const struct buffer *bytes, const struct program *program, unsigned rounds)
{
	struct interpreter *interpreter = interpreter_new(program);
	const struct rule_match *matches;
	struct program_refusal refusal;
	double samples[100];

	interpreter_set_matching(interpreter, RULE_MATCHING_ALL);
	for (unsigned round = 0; round < rounds; round++) {
		struct program *other = NULL;
		double start = now_ns();

		for (unsigned i = 0; i < 20; i++) {
			program_load(bytes->bytes, bytes->length, &other, &refusal);
			program_free(other);
		}
		samples[round] = (now_ns() - start) / 20;
	}
	printf("%u rules: %zu bytes, %u slots, %u predicates, %u matchers; loaded and verified in %.0f us\n", RULES,
	       bytes->length, program_slot_count(program), program->predicates_header->predicate_count,
	       program->matchers_header->matcher_count, median(samples, rounds) / 1000);
	for (unsigned row = 0; row < sizeof measured / sizeof measured[0]; row++) {
		uint32_t count = 0;

		for (unsigned round = 0; round < rounds; round++) {
			double start = now_ns();

			for (unsigned i = 0; i < RUNS; i++)
				count += interpreter_run(interpreter, &source.source, measured[row].event, &matches);
			samples[round] = (now_ns() - start) / RUNS;
		}
		printf("  %-20s %6.1f ns an event, %u matches, at most %llu units\n", measured[row].name,
		       median(samples, rounds), count / RUNS / rounds,
		       (unsigned long long)program_worst_case_cost(program, measured[row].event));
	}
	interpreter_free(interpreter);
}

int main(int argument_count, char **arguments)
{
	static struct workload workload;
	unsigned rounds = argument_count == 2 ? (unsigned)atoi(arguments[1]) : 15;

	for (unsigned with_matchers = 0; with_matchers < 2; with_matchers++) {
		struct buffer bytes = BUFFER_INIT;
		struct program *program = NULL;
		struct program_refusal refusal;

		write_workload(&workload, with_matchers);
		finish_written(workload.writer, &bytes);
		if (program_load(bytes.bytes, bytes.length, &program, &refusal) < 0) {
			fprintf(stderr, "bench_vm: %s\n", refusal.message);
			return EXIT_FAILURE;
		}
		set_values(&workload);
		if (argument_count == 3 && (unsigned)atoi(arguments[1]) == with_matchers) {
			struct interpreter *interpreter = interpreter_new(program);
			const struct rule_match *matches;

			for (unsigned i = 0; i < 1000; i++)
				interpreter_run(interpreter, &source.source, measured[atoi(arguments[2]) % 4].event, &matches);
			interpreter_free(interpreter);
		} else if (argument_count != 3) {
			measure(&bytes, program, rounds < 100 ? rounds : 100);
		}
		program_free(program);
		buffer_release(&bytes);
	}
	return EXIT_SUCCESS;
}
