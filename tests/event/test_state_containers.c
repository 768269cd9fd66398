/* Containers by cgroup and by metadata, users and groups (event-model reference, sections 13 and 14). */
#include <errno.h>
#include <stdio.h>

#include "tests/support/check_main.h"
#include "tests/support/state_fixture.h"

#define ID64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"
#define ID12 "0123456789ab"

static const struct {
	const char *path, *id;
} cgroups[] = {
	{"/", ""},
	{"/user.slice/user-1000.slice", ""},
	{"/docker/" ID64, ID12},
	{"/docker/" ID64 "/", ""},
	{"/docker/" ID64 "0", ""},
	{"/x/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg", ""},
	{"/system.slice/docker-" ID64 ".scope", ID12},
	{"/machine.slice/libpod-" ID64 ".scope", ID12},
	{"/machine.slice/libpod-" ID64 ".scope/container", ID12},
	{"/libpod-" ID64, ID12},
	{"/machine.slice/libpod-payload-" ID64, ID12},
	{"/kubepods/besteffort/pod1-2/" ID64, ID12},
	{"/kubepods.slice/crio-" ID64 ".scope", ID12},
	{"/kubepods.slice/cri-containerd-" ID64 ".scope", ID12},
	{"/system.slice/containerd.service/kubepods:cri-containerd:" ID64, ID12},
	{"/kubepods.slice/crio-conmon-" ID64 ".scope", ""},
	{"/default/web", "web"},
	{"/default/a-rather-long-name", "a-rather-lon"},
	{"/batch.slice/df642c81d1f97a3363e447fb280bf620", ""},
	{"/system.slice/ssh.service", ""},
	{"/init.scope", ""},
	{"/lxc/box/ns", "box"},
	{"/lxc.payload/box", "box"},
	{"/a_b/lxc.payload.box/init.scope", "box"},
	{"/machine/x.y/guest.libvirt-lxc", "guest"},
	{"/machine.slice/machine-lxc\\x2d1\\x2dguest.scope", "1\\x2dguest"},
	{"/machine.slice/machine-lxc\\x2d1\\x2dguest.scope/libvirt", "1\\x2dguest"},
	{"/a_b/c_d/libvirt/lxc/guest", "guest"},
	{"/a_b/c_d/bpm-job.scope", "job"},
	{"/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1234567890", ""},
};

START_TEST(ids_by_cgroup)
{
	char entries[512];
	int length = snprintf(entries, sizeof entries, "cpu=/%ccpuset=%s%c", 0, cgroups[_i].path, 0);
	struct text id = container_id_from_cgroups(text_of(entries, (size_t)length));

	ck_assert_msg(text_is(id, cgroups[_i].id), "%s: \"" TEXT_FORMAT "\", not \"%s\"", cgroups[_i].path,
		      TEXT_ARGUMENTS(id), cgroups[_i].id);
}
END_TEST

START_TEST(first_cgroup_wins)
{
	char entries[] = "cpu=/default/one\0memory=/docker/" ID64;

	ck_assert_text_eq(container_id_from_cgroups(text_of(entries, sizeof entries)), "one");
	ck_assert_text_eq(container_id_from_cgroups(TEXT_EMPTY), "");
	ck_assert_text_eq(container_id_from_cgroups(TEXT("no equals sign")), "");
}
END_TEST

/* ---- metadata ---- */

#define JSON_WEB                                                                                                       \
	"{\"version\":2,\"container\":{\"type\":0,\"id\":\"" ID12 "\",\"name\":\"web\",\"image\":\"reg/web:1\","       \
	"\"imagedigest\":\"sha256:1\",\"imageid\":\"22\",\"imagerepo\":\"reg/web\",\"imagetag\":\"1\","              \
	"\"cni_json\":\"\",\"env\":[\"A=1\",{\"deep\":[1,2.5e3,null]}],\"full_id\":\"" ID64 "\",\"host_ipc\":true,"   \
	"\"host_network\":false,\"host_pid\":true,\"ip\":\"172.18.0.5\",\"is_pod_sandbox\":false,"                     \
	"\"labels\":{\"z\":\"last\",\"a\":\"fi\\u00fcrst\",\"n\":3},\"privileged\":true,"                              \
	"\"pod_sandbox_id\":\"feedfeedfeed0000\",\"pod_sandbox_labels\":{\"own\":\"1\"},"                               \
	"\"Mounts\":[{\"Source\":\"/srv\",\"Destination\":\"/www\",\"Mode\":\"ro\",\"RW\":false,"                      \
	"\"Propagation\":\"rslave\"},{\"Source\":\"/etc\",\"Destination\":\"/e\",\"RW\":true}],\"other\":null}}"

#define JSON_POD                                                                                                       \
	"{\"container\":{\"type\":7,\"id\":\"feedfeedfeed\",\"ip\":\"10.2.3.4\",\"cni_json\":\"{}\","                  \
	"\"labels\":{\"l\":\"own\"},\"pod_sandbox_labels\":{\"p\":\"pod\"}}}"

static void container_event(const char *name, const char *json)
{
	APPLY_EVENT(ASYNCEVENT_E, 0, NUMBER(0), STRING(name), BYTES(json, strlen(json) + 1));
}

static void add_container_process(int64_t tid)
{
	struct process_entry entry = PROCESS_ENTRY_INIT;

	entry.tid = entry.pid = tid;
	entry.cgroups = text_of("cpu=/docker/" ID64, sizeof("cpu=/docker/" ID64));
	ck_assert_int_eq(state_add_process(state, &entry), 0);
}

START_TEST(metadata)
{
	const struct container *web;
	const struct container_label *label;

	add_container_process(300);
	pass();
	APPLY_EVENT(SYSCALL_SELECT_X, 300, NUMBER(0));
	ck_assert_ptr_null(state_container(state, event));
	container_event("container", JSON_WEB);
	/* In the event itself. */
	ck_assert_ptr_nonnull(state_container(state, event));
	ck_assert_ptr_null(event->thread);
	APPLY_EVENT(SYSCALL_SELECT_X, 300, NUMBER(0));
	web = state_container(state, event);
	ck_assert_ptr_nonnull(web);
	ck_assert_text_eq(web->full_id, ID64);
	ck_assert_text_eq(web->name, "web");
	ck_assert_text_eq(web->image, "reg/web:1");
	ck_assert_text_eq(web->image_repository, "reg/web");
	ck_assert_text_eq(web->image_tag, "1");
	ck_assert_text_eq(web->image_id, "22");
	ck_assert_text_eq(web->image_digest, "sha256:1");
	ck_assert_text_eq(web->ip, "172.18.0.5");
	ck_assert_str_eq(container_type_name(web->type), "docker");
	ck_assert(web->is_privileged && web->has_host_pid && web->has_host_ipc && !web->has_host_network);
	ck_assert_uint_eq(web->mount_count, 2);
	ck_assert_text_eq(web->mounts[0].source, "/srv");
	ck_assert_text_eq(web->mounts[0].propagation, "rslave");
	ck_assert_text_eq(web->mounts[1].mode, "");
	ck_assert(web->mounts[1].is_read_write && !web->mounts[0].is_read_write);
	ck_assert_uint_eq(web->label_count, 2);
	ck_assert_text_eq(web->labels[0].key, "a");
	label = container_label_find(web->labels, web->label_count, TEXT("a"));
	ck_assert_ptr_nonnull(label);
	ck_assert_text_eq(label->value, "fi\xc3\xbcrst");
	ck_assert_ptr_null(container_label_find(web->labels, web->label_count, TEXT("n")));
	/* A process of the host. */
	pass();
	ck_assert_text_eq(state_container(state, event)->id, "host");
	ck_assert_str_eq(container_type_name(state_container(state, event)->type), "host");
}
END_TEST

START_TEST(removal_is_delayed)
{
	container_event("container", JSON_WEB);
	container_event("container_removed", JSON_WEB);
	ck_assert_ptr_nonnull(state_container(state, event));
	ck_assert_text_eq(state_container(state, event)->name, "web");
	pass();
	ck_assert_ptr_null(container_find(state->containers, TEXT(ID12)));
	ck_assert_uint_eq(container_table_count(state->containers), 0);
	container_event("something else", JSON_WEB);
	ck_assert_uint_eq(container_table_count(state->containers), 0);
}
END_TEST

START_TEST(pods)
{
	const struct container *web, *pod;
	const struct container_label *labels;
	size_t count;

	container_event("container", JSON_WEB);
	web = container_find(state->containers, TEXT(ID12));
	ck_assert_ptr_null(container_pod(state->containers, web));
	labels = container_pod_labels(state->containers, web, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_text_eq(labels[0].key, "own");
	container_event("container", JSON_POD);
	pod = container_find(state->containers, TEXT("feedfeedfeed"));
	ck_assert_ptr_eq(container_pod(state->containers, web), pod);
	labels = container_pod_labels(state->containers, web, &count);
	ck_assert_text_eq(labels[0].key, "p");
	/* With a CNI text of its own. */
	ck_assert_ptr_eq(container_pod(state->containers, pod), pod);
	labels = container_pod_labels(state->containers, pod, &count);
	ck_assert_text_eq(labels[0].key, "p");
	/* The sandbox's labels come first, then the container's own. */
	ck_assert_text_eq(container_pod_label(state->containers, web, TEXT("p"))->value, "pod");
	ck_assert_text_eq(container_pod_label(state->containers, web, TEXT("own"))->value, "1");
	ck_assert_ptr_null(container_pod_label(state->containers, web, TEXT("l")));
	/* An empty sandbox id finds the host. */
	container_event("container", "{\"container\":{\"id\":\"lonely\"}}");
	ck_assert_text_eq(container_pod(state->containers, container_find(state->containers, TEXT("lonely")))->id, "host");
}
END_TEST

START_TEST(replaced)
{
	container_event("container", JSON_WEB);
	APPLY_EVENT(CONTAINER_JSON_2_E, 0, STRING("{\"container\":{\"id\":\"" ID12 "\",\"type\":7,\"name\":\"again\"}}"));
	ck_assert_uint_eq(container_table_count(state->containers), 1);
	ck_assert_text_eq(container_find(state->containers, TEXT(ID12))->name, "again");
	ck_assert_text_eq(container_find(state->containers, TEXT(ID12))->image, "");
}
END_TEST

static const char *const broken[] = {
	"", "{", "[]", "{}", "null", "{\"container\":{}}", "{\"container\":{\"id\":\"\"}}", "{\"container\":{\"id\":\"host\"}}",
	"{\"container\":{\"id\":\"x\"}", "{\"container\":{\"id\":\"x\"}}}", "{\"container\":{\"id\":\"x\",}}",
	"{\"container\":{\"id\":\"x\" \"name\":\"y\"}}", "{\"container\":{\"id\":\"x\\q\"}}", "{\"container\":{\"id\":\"x\n\"}}",
	"{\"container\":{\"id\":\"x\",\"type\":99999999999999999999}}", "{\"container\":[\"id\"]}",
	"{\"container\":{\"id\":\"x\",\"n\":01}}", "{\"container\":{\"id\":\"x\",\"n\":1.}}", "{\"container\":{\"id\":\"x\",\"n\":tru}}",
	"{\"container\":{\"id\":\"x\",\"n\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}",
};

START_TEST(broken_metadata)
{
	container_event("container", broken[_i]);
	ck_assert_uint_eq(container_table_count(state->containers), 0);
	ck_assert_uint_eq(state->counters.malformed_parameters, 1);
	ck_assert_ptr_null(state_container(state, event));
}
END_TEST

START_TEST(container_limit)
{
	struct state_limits limits = {.containers = 2};
	char json[64];

	tear_down();
	state = state_new(&limits, NULL);
	for (int i = 0; i < 5; i++) {
		snprintf(json, sizeof json, "{\"container\":{\"id\":\"c%d\"}}", i);
		container_event("container", json);
	}
	ck_assert_uint_eq(container_table_count(state->containers), 2);
	ck_assert_uint_eq(state->counters.containers_dropped, 3);
}
END_TEST

START_TEST(container_by_execve_and_chroot)
{
	struct thread *thread;

	APPLY_EVENT(SYSCALL_EXECVE_19_X, SHELL_TID, NUMBER(0), STRING("x"), EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY,
		    EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, STRINGS("cpu=/docker/" ID64));
	thread = thread_of(SHELL_TID);
	ck_assert_text_eq(thread_container_id(thread), ID12);
	APPLY_EVENT(SYSCALL_CHROOT_X, SHELL_TID, NUMBER(0), STRING("/"));
	ck_assert_text_eq(thread_container_id(thread), ID12);
}
END_TEST

START_TEST(fixed_container)
{
	ck_assert_int_eq(state_fix_container(state, TEXT("fargate-task")), 0);
	add_container_process(300);
	pass();
	ck_assert_text_eq(thread_container_id(thread_of(300)), "fargate-task");
	open_file(4711, 3, "/x", OPEN_READ);
	ck_assert_text_eq(thread_container_id(thread_of(4711)), "fargate-task");
}
END_TEST

START_TEST(local_addresses_in_containers)
{
	struct socket_end own = {{172, 18, 0, 5}, 1}, host = {{10, 1, 2, 3}, 1}, other = {{10, 9, 9, 9}, 1};
	const uint8_t mask[4] = {255, 0, 0, 0};
	const struct thread *thread;

	ck_assert_int_eq(interface_list_add(&state->interfaces, SOCKET_FAMILY_IPV4, host.address, mask), 0);
	add_container_process(300);
	pass();
	thread = thread_of(300);
	/* The container's address is not known: those of the others are tried, the interfaces are not. */
	ck_assert(!state_address_is_local(state, thread, SOCKET_FAMILY_IPV4, &host));
	container_event("container", "{\"container\":{\"id\":\"other\",\"ip\":\"10.9.9.9\"}}");
	ck_assert(state_address_is_local(state, thread, SOCKET_FAMILY_IPV4, &other));
	container_event("container", JSON_WEB);
	ck_assert(state_address_is_local(state, thread, SOCKET_FAMILY_IPV4, &own));
	ck_assert(state_address_is_local(state, thread, SOCKET_FAMILY_IPV4, &host));
	ck_assert(!state_address_is_local(state, thread, SOCKET_FAMILY_IPV4, &other));
	ck_assert(!state_address_is_local(state, thread, SOCKET_FAMILY_IPV6, &own));
}
END_TEST

/* ---- users ---- */

START_TEST(users)
{
	const struct user *user;

	ck_assert_int_eq(user_table_add(state->users, TEXT_EMPTY, 1000, 1000, TEXT("jo"), TEXT("/home/jo"), TEXT("/bin/sh")), 0);
	APPLY_EVENT(USER_ADDED_E, 0, NUMBER(1000), NUMBER(100), STRING("inside"), STRING("/h"), STRING("/s"), STRING(ID12));
	APPLY_EVENT(GROUP_ADDED_E, 0, NUMBER(1000), STRING("crew"), STRING(ID12));
	pass();
	user = state_user(state, thread_of(SHELL_TID), 1000);
	ck_assert_ptr_nonnull(user);
	ck_assert_text_eq(shared_text_get(user->home), "/home/jo");
	ck_assert_ptr_null(state_group(state, thread_of(SHELL_TID), 1000));
	ck_assert_ptr_null(state_user(state, thread_of(SHELL_TID), 0));
	add_container_process(300);
	pass();
	ck_assert_text_eq(shared_text_get(state_user(state, thread_of(300), 1000)->name), "inside");
	ck_assert_text_eq(shared_text_get(state_group(state, thread_of(300), 1000)->name), "crew");
	APPLY_EVENT(USER_DELETED_E, 0, NUMBER(1000), NUMBER(100), STRING("inside"), STRING("/h"), STRING("/s"), STRING(ID12));
	APPLY_EVENT(GROUP_DELETED_E, 0, NUMBER(1000), STRING("crew"), STRING(ID12));
	ck_assert_ptr_null(state_user(state, thread_of(300), 1000));
	ck_assert_ptr_null(state_group(state, thread_of(300), 1000));
	ck_assert_ptr_nonnull(state_user(state, thread_of(SHELL_TID), 1000));
}
END_TEST

START_TEST(user_limit)
{
	struct user_table *table = user_table_new(2);

	ck_assert_int_eq(user_table_add(table, TEXT_EMPTY, 1, 1, TEXT("a"), TEXT_EMPTY, TEXT_EMPTY), 0);
	ck_assert_int_eq(user_table_add_group(table, TEXT_EMPTY, 1, TEXT("a")), 0);
	ck_assert_int_eq(user_table_add(table, TEXT_EMPTY, 2, 1, TEXT("b"), TEXT_EMPTY, TEXT_EMPTY), -ENOSPC);
	ck_assert_int_eq(user_table_add(table, TEXT_EMPTY, 1, 1, TEXT("c"), TEXT_EMPTY, TEXT_EMPTY), 0);
	ck_assert_text_eq(shared_text_get(user_table_find(table, TEXT_EMPTY, 1)->name), "c");
	ck_assert_ptr_null(user_table_free(table));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("state_containers");
	TCase *c = tcase_create("all");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, ids_by_cgroup, 0, (int)(sizeof cgroups / sizeof cgroups[0]));
	tcase_add_test(c, first_cgroup_wins);
	tcase_add_test(c, metadata);
	tcase_add_test(c, removal_is_delayed);
	tcase_add_test(c, pods);
	tcase_add_test(c, replaced);
	tcase_add_loop_test(c, broken_metadata, 0, (int)(sizeof broken / sizeof broken[0]));
	tcase_add_test(c, container_limit);
	tcase_add_test(c, container_by_execve_and_chroot);
	tcase_add_test(c, fixed_container);
	tcase_add_test(c, local_addresses_in_containers);
	tcase_add_test(c, users);
	tcase_add_test(c, user_limit);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
