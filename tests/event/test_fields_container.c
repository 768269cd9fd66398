/* container.*, k8s.* */
#include "tests/support/check_main.h"
#include "tests/support/event_fixture.h"

static struct event_fixture fixture;

static const char web[] =
	"{\"container\":{\"id\":\"0badcafe4567\",\"full_id\":\"0badcafe45674057\",\"name\":\"web\",\"type\":0,"
	"\"image\":\"example.org/site/front:edge\",\"imageid\":\"bb11\",\"imagerepo\":\"example.org/site/front\","
	"\"imagetag\":\"edge\",\"imagedigest\":\"sha256:22\",\"ip\":\"172.18.0.5\",\"privileged\":true,\"host_pid\":true,"
	"\"pod_sandbox_id\":\"deadbeef0000a803\","
	"\"Mounts\":[{\"Source\":\"/srv/www\",\"Destination\":\"/www\",\"Mode\":\"\",\"RW\":false,\"Propagation\":\"rprivate\"},"
	"{\"Source\":\"/etc\",\"Destination\":\"/host/etc\",\"Mode\":\"ro\",\"RW\":true,\"Propagation\":\"rslave\"}],"
	"\"labels\":{\"maintainer\":\"web team\",\"app\":\"front\",\"bare\":\"\",\"io.kubernetes.pod.name\":\"front-7\","
	"\"io.kubernetes.pod.namespace\":\"site\",\"io.kubernetes.pod.uid\":\"1-2-3\",\"annotation.x\":\"y\"},"
	"\"pod_sandbox_labels\":{\"tier\":\"edge\",\"io.kubernetes.x\":\"y\"}}}";

static void add_container(const char *json)
{
	fixture_start(&fixture, EVENT_ASYNCEVENT_E, -1);
	fixture_text(&fixture, "name", "container");
	fixture_text(&fixture, "data", json);
	fixture_apply(&fixture);
}

static void add_process(int64_t pid, const char *id)
{
	struct process_entry entry = fixture_process(pid, 1, "inside");
	struct text cgroups = arena_format(fixture.memory, "cpu=/docker/%s0123456789012345678901234567890123456789012345678901", id);

	entry.cgroups = cgroups;
	ck_assert_int_eq(state_add_process(fixture.state, &entry), 0);
}

static void event_of(int64_t tid)
{
	fixture_start(&fixture, EVENT_SYSCALL_GETUID_X, tid);
	fixture_apply(&fixture);
}

static void open_fixture(void)
{
	fixture_open(&fixture);
	fixture_add_processes(&fixture);
	add_process(300, "0badcafe4567");
	add_process(301, "111111111111"); /* without metadata */
}

static void close_fixture(void)
{
	fixture_close(&fixture);
}

START_TEST(host)
{
	static const char *const empty[] = {
		"container.image",	 "container.image.id",	 "container.image.repository", "container.image.tag",
		"container.image.digest", "container.mounts",	 "container.labels",	       "container.ip",
		"container.cni.json",	 "k8s.pod.ip",		 "k8s.pod.cni.json",	       "k8s.pod.sandbox_id",
		"k8s.pod.full_sandbox_id", "k8s.pod.labels"};
	static const char *const missing[] = {"container.mount[0]", "container.label[app]", "k8s.pod.name", "k8s.ns.name",
					      "k8s.pod.uid",	    "k8s.pod.label[app]",   "container.healthcheck"};

	event_of(100);
	assert_field(&fixture, "container.id", "host");
	assert_field(&fixture, "container.full_id", "host");
	assert_field(&fixture, "container.name", "host");
	assert_field(&fixture, "container.type", "host");
	assert_field(&fixture, "container.privileged", "false");
	assert_field(&fixture, "container.host_pid", "false");
	assert_field(&fixture, "container.host_network", "false");
	assert_field(&fixture, "container.host_ipc", "false");
	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
		assert_field(&fixture, empty[i], "");
	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
		assert_missing(&fixture, missing[i]);
}
END_TEST

START_TEST(metadata)
{
	add_container(web);
	event_of(300);
	assert_field(&fixture, "container.id", "0badcafe4567");
	assert_field(&fixture, "container.full_id", "0badcafe45674057");
	assert_field(&fixture, "container.name", "web");
	assert_field(&fixture, "container.type", "docker");
	assert_field(&fixture, "container.image", "example.org/site/front:edge");
	assert_field(&fixture, "container.image.id", "bb11");
	assert_field(&fixture, "container.image.repository", "example.org/site/front");
	assert_field(&fixture, "container.image.tag", "edge");
	assert_field(&fixture, "container.image.digest", "sha256:22");
	assert_field(&fixture, "container.ip", "172.18.0.5");
	assert_field(&fixture, "container.privileged", "true");
	assert_field(&fixture, "container.host_pid", "true");
	assert_field(&fixture, "container.host_ipc", "false");
	assert_field(&fixture, "container.label[maintainer]", "web team");
	assert_field(&fixture, "container.label.app", "front");
	assert_missing(&fixture, "container.label[nope]");
	assert_field(&fixture, "container.labels", "app:front, bare, maintainer:web team");
}
END_TEST

START_TEST(before_the_metadata_arrive)
{
	event_of(301);
	assert_field(&fixture, "container.id", "111111111111");
	assert_missing(&fixture, "container.name");
	assert_missing(&fixture, "container.image.repository");
	assert_missing(&fixture, "container.labels");
	assert_missing(&fixture, "container.mounts");
	assert_missing(&fixture, "container.privileged");
	assert_missing(&fixture, "k8s.pod.ip");
}
END_TEST

START_TEST(mounts)
{
	struct field_request *request;
	struct value value;

	add_container(web);
	event_of(300);
	assert_field(&fixture, "container.mounts", "/srv/www:/www::false:rprivate,/etc:/host/etc:ro:true:rslave");
	assert_field(&fixture, "container.mount[1]", "/etc:/host/etc:ro:true:rslave");
	assert_field(&fixture, "container.mount.source[0]", "/srv/www");
	assert_field(&fixture, "container.mount.dest[0]", "/www");
	assert_field(&fixture, "container.mount.mode[1]", "ro");
	assert_field(&fixture, "container.mount.rdwr[1]", "true");
	assert_field(&fixture, "container.mount.propagation[0]", "rprivate");
	assert_missing(&fixture, "container.mount[2]");

	/* Patterns are found anywhere in the source; for .source in the destination. They belong to a use. */
	request = fixture_request(&fixture, "container.mount.dest[/e]");
	field_get(fixture.reader, 0, request, &value);
	ck_assert(text_is(value_text(&value), "/host/etc"));
	request = fixture_request(&fixture, "container.mount.source[^/host/.*c$]");
	field_get(fixture.reader, 1, request, &value);
	ck_assert(text_is(value_text(&value), "/etc"));
	request = fixture_request(&fixture, "container.mount.mode[[/]]");
	field_get(fixture.reader, 2, request, &value); /* the first of all */
	ck_assert(text_is(value_text(&value), ""));
	request = fixture_request(&fixture, "container.mount[nowhere]");
	field_get(fixture.reader, 3, request, &value);
	ck_assert_int_eq(value.state, VALUE_ABSENT);
}
END_TEST

START_TEST(patterns_that_are_refused)
{
	static const char *const patterns[] = {
		"container.mount[(]",
		"container.mount[(/)\\1]",			 /* a back reference */
		"container.mount[((((/{100}){100}){100}){100})]", /* 10^8 copies */
		"container.mount[/{1,30000}]",
	};
	struct value value;

	add_container(web);
	event_of(300);
	for (uint32_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
		for (unsigned times = 0; times < 2; times++) {
			field_get(fixture.reader, i, fixture_request(&fixture, patterns[i]), &value);
			ck_assert_int_eq(value.state, VALUE_ABSENT);
		}
}
END_TEST

START_TEST(pods)
{
	add_container(web);
	event_of(300);
	assert_field(&fixture, "k8s.pod.name", "front-7");
	assert_field(&fixture, "k8s.ns.name", "site");
	assert_field(&fixture, "k8s.pod.id", "1-2-3");
	assert_field(&fixture, "k8s.pod.uid", "1-2-3");
	assert_field(&fixture, "k8s.pod.sandbox_id", "deadbeef0000");
	assert_field(&fixture, "k8s.pod.full_sandbox_id", "deadbeef0000a803");
	/* The sandbox is not known: its address neither, its labels from the container's own copy. */
	assert_missing(&fixture, "k8s.pod.ip");
	assert_missing(&fixture, "k8s.pod.cni.json");
	assert_field(&fixture, "k8s.pod.label[tier]", "edge");
	assert_field(&fixture, "k8s.pod.labels", "tier:edge");
	assert_missing(&fixture, "k8s.rc.name");
	assert_missing(&fixture, "k8s.ns.labels");

	add_container("{\"container\":{\"id\":\"deadbeef0000\",\"type\":0,\"ip\":\"10.1.2.3\",\"is_pod_sandbox\":true,"
		      "\"pod_sandbox_labels\":{\"tier\":\"sandbox\"}}}");
	event_of(300);
	assert_field(&fixture, "k8s.pod.ip", "10.1.2.3");
	assert_field(&fixture, "k8s.pod.cni.json", "");
	assert_field(&fixture, "k8s.pod.label[tier]", "sandbox");
}
END_TEST

START_TEST(the_event_itself)
{
	add_container(web);
	assert_field(&fixture, "container.id", "0badcafe4567");
	assert_field(&fixture, "container.name", "web");
	assert_missing(&fixture, "proc.name");
}
END_TEST

START_TEST(users_of_a_container)
{
	ck_assert_int_eq(user_table_add(fixture.state->users, TEXT("0badcafe4567"), 0, 0, TEXT("toor"), TEXT("/r"), TEXT("/b")), 0);
	event_of(300);
	assert_field(&fixture, "user.name", "toor");
	event_of(50);
	assert_field(&fixture, "user.name", "root");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("fields_container");
	TCase *cases = tcase_create("container");

	tcase_add_checked_fixture(cases, open_fixture, close_fixture);
	tcase_add_test(cases, host);
	tcase_add_test(cases, metadata);
	tcase_add_test(cases, before_the_metadata_arrive);
	tcase_add_test(cases, mounts);
	tcase_add_test(cases, patterns_that_are_refused);
	tcase_add_test(cases, pods);
	tcase_add_test(cases, the_event_itself);
	tcase_add_test(cases, users_of_a_container);
	suite_add_tcase(all, cases);
	return all;
}

CHECK_MAIN(suite)
