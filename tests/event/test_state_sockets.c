/* Sockets and messages (event-model reference, section 10). */
#include "tests/support/check_main.h"
#include "tests/support/state_fixture.h"

#define TCP 6
#define UDP 17
#define STREAM 1
#define DATAGRAM 2
#define RAW 3

static char address[128], tuple[128];

static void add_interface(const char *ip, const char *mask)
{
	char end[128], netmask[128];
	struct parameter_value value = address_value(end, ip, 0);

	address_value(netmask, mask, 0);
	ck_assert_int_eq(interface_list_add(&state->interfaces, (enum socket_family)value.text.bytes[0], (const uint8_t *)end + 1,
					    (const uint8_t *)netmask + 1), 0);
}

static void set_up_network(void)
{
	set_up();
	add_interface("127.0.0.1", "255.0.0.0");
	add_interface("10.1.2.3", "255.255.0.0");
	add_interface("::1", "ffff::");
	pass();
}

static void new_socket(int64_t number, unsigned domain, unsigned type, unsigned protocol)
{
	APPLY_EVENT(SOCKET_SOCKET_X, SHELL_TID, NUMBER(number), NUMBER(domain), NUMBER(type), NUMBER(protocol), NUMBER(0));
}

static void bind_to(int64_t number, const char *ip, uint16_t port)
{
	APPLY_EVENT(SOCKET_BIND_X, SHELL_TID, NUMBER(0), address_value(address, ip, port), NUMBER(number));
}

static void send_to(int64_t number, const char *source, uint16_t source_port, const char *destination, uint16_t port)
{
	APPLY_EVENT(SOCKET_SENDTO_X, SHELL_TID, NUMBER(5), STRING("data"), NUMBER(number), NUMBER(5),
		    tuple_value(tuple, source, source_port, destination, port));
}

static void receive_from(int64_t number, const char *source, uint16_t source_port, const char *destination, uint16_t port)
{
	APPLY_EVENT(SOCKET_RECVFROM_X, SHELL_TID, NUMBER(5), STRING("data"),
		    tuple_value(tuple, source, source_port, destination, port), NUMBER(number), NUMBER(5));
}

static const struct {
	unsigned domain, type, protocol;
	enum descriptor_kind kind;
	enum socket_protocol expected;
} sockets[] = {
	{2, STREAM, 0, DESCRIPTOR_IPV4, PROTOCOL_TCP},
	{2, DATAGRAM | 02000000, 0, DESCRIPTOR_IPV4, PROTOCOL_UDP},
	{10, STREAM, TCP, DESCRIPTOR_IPV6, PROTOCOL_TCP},
	{2, RAW, TCP, DESCRIPTOR_IPV4, PROTOCOL_RAW},
	{2, RAW | 02000000, TCP, DESCRIPTOR_IPV4, PROTOCOL_TCP},
	{2, RAW, 1, DESCRIPTOR_IPV4, PROTOCOL_RAW},
	{2, DATAGRAM, 1, DESCRIPTOR_IPV4, PROTOCOL_ICMP},
	{2, RAW, 255, DESCRIPTOR_IPV4, PROTOCOL_RAW},
	{2, STREAM, 132, DESCRIPTOR_IPV4, PROTOCOL_UNKNOWN},
	{1, STREAM, 0, DESCRIPTOR_UNIX, PROTOCOL_UNKNOWN},
	{16, RAW, 15, DESCRIPTOR_NETLINK, PROTOCOL_UNKNOWN},
	{17, RAW, 768, DESCRIPTOR_UNKNOWN, PROTOCOL_UNKNOWN},
};

START_TEST(new_sockets)
{
	new_socket(3, sockets[_i].domain, sockets[_i].type, sockets[_i].protocol);
	ck_assert_int_eq(event->descriptor->kind, sockets[_i].kind);
	ck_assert_int_eq(event->descriptor->protocol, sockets[_i].expected);
	ck_assert_int_eq(event->descriptor->role, ROLE_NONE);
	ck_assert(!event->descriptor->is_connected);
	ck_assert(!event->descriptor_name_changed);
	ck_assert_text_eq(descriptor_name(event->descriptor), "");
}
END_TEST

START_TEST(socket_flags)
{
	APPLY_EVENT(SOCKET_SOCKET_X, SHELL_TID, NUMBER(3), NUMBER(2), NUMBER(STREAM), NUMBER(0), NUMBER(OPEN_CLOSE_ON_EXEC));
	APPLY_EVENT(SOCKET_ACCEPT4_6_X, SHELL_TID, NUMBER(4), tuple_value(tuple, "127.0.0.1", 1, "127.0.0.1", 2), NUMBER(0),
		    NUMBER(0), NUMBER(0), NUMBER(OPEN_CLOSE_ON_EXEC));
	APPLY_EVENT(SOCKET_ACCEPT_5_X, SHELL_TID, NUMBER(5), tuple_value(tuple, "127.0.0.1", 1, "127.0.0.1", 2));
	APPLY_EVENT(SYSCALL_EXECVE_19_X, SHELL_TID, NUMBER(0), STRING("x"));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 3));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 4));
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 5));
}
END_TEST

START_TEST(socketpairs)
{
	APPLY_EVENT(SOCKET_SOCKETPAIR_X, SHELL_TID, NUMBER(0), NUMBER(3), NUMBER(4), NUMBER(0xa), NUMBER(0xb), NUMBER(1),
		    NUMBER(STREAM), NUMBER(0));
	ck_assert_int_eq(event->descriptor_number, 4);
	ck_assert_int_eq(entry_of(SHELL_TID, 3)->kind, DESCRIPTOR_UNIX);
	ck_assert_uint_eq(entry_of(SHELL_TID, 4)->source_pointer, 0xa);
	ck_assert(!event->descriptor_name_changed);
}
END_TEST

START_TEST(binding)
{
	new_socket(3, 2, STREAM, 0);
	bind_to(3, "0.0.0.0", 0);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV4);
	ck_assert_text_eq(descriptor_name(event->descriptor), "0.0.0.0:0");
	bind_to(3, "10.1.2.3", 8080);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV4_LISTENING);
	ck_assert_int_eq(event->descriptor->role, ROLE_SERVER);
	ck_assert_int_eq(event->descriptor->protocol, PROTOCOL_TCP);
	ck_assert_uint_eq(event->descriptor->source.port, 8080);
	ck_assert(event->descriptor_name_changed);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:8080");
	bind_to(3, "10.1.2.3", 8080);
	ck_assert(!event->descriptor_name_changed);
	new_socket(4, 10, STREAM, 0);
	bind_to(4, "::", 27011);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV4_LISTENING);
	ck_assert_int_eq(event->descriptor->protocol, PROTOCOL_TCP);
	ck_assert_text_eq(descriptor_name(event->descriptor), ":::27011");
	new_socket(5, 10, STREAM, 0);
	bind_to(5, "::1", 27011);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV6_LISTENING);
	new_socket(6, 1, STREAM, 0);
	APPLY_EVENT(SOCKET_BIND_X, SHELL_TID, NUMBER(0), unix_address_value(address, "/run/x.sock"), NUMBER(6));
	ck_assert_text_eq(name_of(SHELL_TID, 6), "/run/x.sock");
	ck_assert_int_eq(event->descriptor->role, ROLE_NONE);
	APPLY_EVENT(SOCKET_BIND_X, SHELL_TID, NUMBER(-98), unix_address_value(address, "/run/y.sock"), NUMBER(6));
	ck_assert_text_eq(name_of(SHELL_TID, 6), "/run/x.sock");
}
END_TEST

static void connect_to(int64_t number, int64_t result, const char *source, uint16_t source_port, const char *destination,
		       uint16_t port)
{
	APPLY_EVENT(SOCKET_CONNECT_X, SHELL_TID, NUMBER(result), tuple_value(tuple, source, source_port, destination, port),
		    NUMBER(number), address_value(address, destination, port));
}

START_TEST(connecting)
{
	new_socket(3, 2, STREAM, 0);
	connect_to(3, -111, "10.1.2.3", 40000, "10.9.9.9", 80);
	ck_assert_text_eq(descriptor_name(event->descriptor), "");
	ck_assert_int_eq(event->descriptor->role, ROLE_NONE);
	connect_to(3, -115, "10.1.2.3", 40000, "10.9.9.9", 80);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->10.9.9.9:80");
	ck_assert_int_eq(event->descriptor->role, ROLE_CLIENT);
	ck_assert(event->descriptor->is_connected);
	ck_assert(event->descriptor_name_changed);
	connect_to(3, 0, "10.1.2.3", 40000, "10.9.9.9", 80);
	ck_assert(!event->descriptor_name_changed);
	new_socket(4, 10, STREAM, 0);
	connect_to(4, 0, "::1", 40000, "::1", 80);
	ck_assert_text_eq(descriptor_name(event->descriptor), "::1:40000->::1:80");
	new_socket(5, 10, STREAM, 0);
	connect_to(5, 0, "::ffff:10.1.2.3", 40000, "::ffff:10.9.9.9", 80);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV4);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->10.9.9.9:80");
	new_socket(6, 2, DATAGRAM, 1);
	connect_to(6, 0, "10.1.2.3", 1, "10.9.9.9", 2);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3->10.9.9.9");
	new_socket(7, 2, STREAM, 132);
	connect_to(7, 0, "10.1.2.3", 1, "10.9.9.9", 2);
	ck_assert_text_eq(descriptor_name(event->descriptor), "<unknown>");
	/* Not a socket that was seen. */
	connect_to(8, 0, "10.1.2.3", 1, "10.9.9.9", 2);
	ck_assert_ptr_null(event->descriptor);
}
END_TEST

START_TEST(connecting_unix)
{
	new_socket(3, 1, STREAM, 0);
	APPLY_EVENT(SOCKET_CONNECT_X, SHELL_TID, NUMBER(0), unix_tuple_value(tuple, 0xabc, 0xdef, "/run/x"), NUMBER(3),
		    unix_address_value(address, "/run/x"));
	ck_assert_text_eq(name_of(SHELL_TID, 3), "abc->def /run/x");
	ck_assert_uint_eq(event->descriptor->destination_pointer, 0xdef);
	ck_assert_int_eq(event->descriptor->role, ROLE_CLIENT);
}
END_TEST

START_TEST(udp_listener_connects)
{
	new_socket(3, 2, DATAGRAM, 0);
	bind_to(3, "10.1.2.3", 5353);
	connect_to(3, 0, "10.1.2.3", 5353, "10.9.9.9", 53);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV4);
	ck_assert_int_eq(event->descriptor->role, ROLE_CLIENT);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:5353->10.9.9.9:53");
}
END_TEST

/* Section 16: a destination that equals what memory held at exit is not believed. */
START_TEST(swapped_destination)
{
	char asked[128];

	new_socket(3, 2, STREAM, 0);
	APPLY_EVENT(SOCKET_CONNECT_E, SHELL_TID, NUMBER(3), address_value(asked, "10.6.6.6", 666));
	ck_assert_ptr_eq(event->descriptor, descriptor_of(SHELL_TID, 3));
	connect_to(3, 0, "10.1.2.3", 40000, "10.9.9.9", 80);
	ck_assert_text_eq(name_of(SHELL_TID, 3), "10.1.2.3:40000->10.6.6.6:666");
	new_socket(4, 2, STREAM, 0);
	APPLY_EVENT(SOCKET_CONNECT_E, SHELL_TID, NUMBER(4), address_value(asked, "10.6.6.6", 666));
	APPLY_EVENT(SOCKET_CONNECT_X, SHELL_TID, NUMBER(0), tuple_value(tuple, "10.1.2.3", 1, "10.9.9.9", 80), NUMBER(4),
		    address_value(address, "10.7.7.7", 80));
	ck_assert_text_eq(name_of(SHELL_TID, 4), "10.1.2.3:1->10.9.9.9:80");
	new_socket(5, 1, STREAM, 0);
	APPLY_EVENT(SOCKET_CONNECT_E, SHELL_TID, NUMBER(5), unix_address_value(asked, "/asked"));
	APPLY_EVENT(SOCKET_CONNECT_X, SHELL_TID, NUMBER(0), unix_tuple_value(tuple, 1, 2, "/shown"), NUMBER(5),
		    unix_address_value(address, "/shown"));
	ck_assert_text_eq(name_of(SHELL_TID, 5), "1->2 /asked");
	/* No tuple (TCP fast open): the destination that was asked for. */
	new_socket(6, 2, STREAM, 0);
	APPLY_EVENT(SOCKET_CONNECT_E, SHELL_TID, NUMBER(6), address_value(asked, "10.6.6.6", 666));
	APPLY_EVENT(SOCKET_CONNECT_X, SHELL_TID, NUMBER(0), EMPTY, NUMBER(6), EMPTY);
	ck_assert_uint_eq(entry_of(SHELL_TID, 6)->destination.port, 666);
}
END_TEST

START_TEST(connect_is_predicted)
{
	const struct descriptor *prediction;
	int64_t number;

	new_socket(3, 2, STREAM, 0);
	APPLY_ENTER(SOCKET_CONNECT_X, SHELL_TID, EMPTY, EMPTY, NUMBER(3), address_value(address, "10.9.9.9", 80));
	prediction = state_predict_descriptor(state, event, &number);
	ck_assert_ptr_nonnull(prediction);
	ck_assert_int_eq(number, 3);
	ck_assert_int_eq(prediction->role, ROLE_CLIENT);
	ck_assert(prediction->is_connected);
	ck_assert_uint_eq(prediction->destination.port, 80);
	ck_assert_uint_eq(prediction->destination.address[0], 10);
	ck_assert_int_eq(entry_of(SHELL_TID, 3)->role, ROLE_NONE);
	APPLY_ENTER(SOCKET_BIND_X, SHELL_TID, EMPTY, address_value(address, "10.1.2.3", 80), NUMBER(3));
	prediction = state_predict_descriptor(state, event, &number);
	ck_assert_text_eq(descriptor_name(prediction), "10.1.2.3:80");
	ck_assert_int_eq(prediction->kind, DESCRIPTOR_IPV4_LISTENING);
}
END_TEST

START_TEST(accepting)
{
	APPLY_EVENT(SOCKET_ACCEPT4_6_X, SHELL_TID, NUMBER(7), tuple_value(tuple, "10.9.9.9", 999, "10.1.2.3", 80));
	ck_assert_int_eq(event->descriptor_number, 7);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.9.9.9:999->10.1.2.3:80");
	ck_assert_int_eq(event->descriptor->role, ROLE_SERVER);
	ck_assert_int_eq(event->descriptor->protocol, PROTOCOL_TCP);
	ck_assert(event->descriptor->is_connected && event->descriptor_name_changed);
	APPLY_EVENT(SOCKET_ACCEPT_5_X, SHELL_TID, NUMBER(8), tuple_value(tuple, "::ffff:10.9.9.9", 999, "::ffff:10.1.2.3", 80));
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV4);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.9.9.9:999->10.1.2.3:80");
	APPLY_EVENT(SOCKET_ACCEPT_5_X, SHELL_TID, NUMBER(9), unix_tuple_value(tuple, 1, 2, ""));
	ck_assert_text_eq(descriptor_name(event->descriptor), "1->2 ");
	APPLY_EVENT(SOCKET_ACCEPT_5_X, SHELL_TID, NUMBER(10), EMPTY);
	ck_assert_ptr_null(event->descriptor);
	ck_assert_int_eq(event->descriptor_number, 10);
	APPLY_EVENT(SOCKET_ACCEPT_5_X, SHELL_TID, NUMBER(-11), EMPTY);
	ck_assert_int_eq(event->descriptor_number, -1);
}
END_TEST

/* ---- messages ---- */

START_TEST(datagrams)
{
	new_socket(3, 2, DATAGRAM, 0);
	send_to(3, "10.1.2.3", 40000, "10.9.9.9", 53);
	ck_assert_int_eq(event->descriptor->role, ROLE_CLIENT);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->10.9.9.9:53");
	ck_assert(event->descriptor_name_changed && event->descriptor->is_connected);
	/* The answer is the same tuple the other way round. */
	receive_from(3, "10.9.9.9", 53, "10.1.2.3", 40000);
	ck_assert(!event->descriptor_name_changed);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->10.9.9.9:53");
	/* Another peer: a client's received data come from the server. */
	receive_from(3, "10.8.8.8", 53, "10.1.2.3", 40000);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->10.8.8.8:53");
	/* A server: what it sends goes to the client. */
	new_socket(4, 2, DATAGRAM, 0);
	bind_to(4, "0.0.0.0", 5353);
	receive_from(4, "10.7.7.7", 777, "10.1.2.3", 5353);
	ck_assert_int_eq(event->descriptor->role, ROLE_SERVER);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV4);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.7.7.7:777->10.1.2.3:5353");
	send_to(4, "10.1.2.3", 5353, "10.6.6.6", 666);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.6.6.6:666->10.1.2.3:5353");
	/* Failures and missing tuples change nothing. */
	APPLY_EVENT(SOCKET_SENDTO_X, SHELL_TID, NUMBER(-1), EMPTY, NUMBER(4), NUMBER(5),
		    tuple_value(tuple, "1.1.1.1", 1, "2.2.2.2", 2));
	APPLY_EVENT(SOCKET_SENDTO_X, SHELL_TID, NUMBER(1), EMPTY, NUMBER(4), NUMBER(5), EMPTY);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.6.6.6:666->10.1.2.3:5353");
}
END_TEST

START_TEST(streams_are_not_renamed)
{
	new_socket(3, 2, STREAM, 0);
	connect_to(3, 0, "10.1.2.3", 40000, "10.9.9.9", 80);
	send_to(3, "10.1.2.3", 40000, "10.5.5.5", 80);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->10.9.9.9:80");
	/* A name that is missing is made up for, though. */
	new_socket(4, 2, STREAM, 0);
	send_to(4, "10.1.2.3", 40001, "10.5.5.5", 80);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40001->10.5.5.5:80");
	ck_assert_int_eq(event->descriptor->protocol, PROTOCOL_TCP);
}
END_TEST

START_TEST(missed_sockets)
{
	send_to(9, "10.1.2.3", 40000, "10.9.9.9", 53);
	ck_assert_ptr_nonnull(event->descriptor);
	ck_assert_int_eq(event->descriptor->protocol, PROTOCOL_UDP);
	ck_assert(event->descriptor_name_changed);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->10.9.9.9:53");
	receive_from(10, "10.9.9.9", 53, "10.1.2.3", 40000);
	ck_assert_ptr_null(event->descriptor);
	APPLY_EVENT(SOCKET_SENDTO_X, SHELL_TID, NUMBER(1), EMPTY, NUMBER(11), NUMBER(5), unix_tuple_value(tuple, 1, 2, "/x"));
	ck_assert_ptr_null(event->descriptor);
	APPLY_EVENT(SOCKET_SENDMMSG_X, SHELL_TID, NUMBER(1), NUMBER(12), NUMBER(5), EMPTY,
		    tuple_value(tuple, "10.1.2.3", 1, "10.9.9.9", 2));
	ck_assert_ptr_null(event->descriptor);
}
END_TEST

START_TEST(messages_of_unix_sockets)
{
	new_socket(3, 1, DATAGRAM, 0);
	APPLY_EVENT(SOCKET_SENDMSG_X, SHELL_TID, NUMBER(1), EMPTY, NUMBER(3), NUMBER(5), unix_tuple_value(tuple, 1, 2, "/x"));
	ck_assert_text_eq(descriptor_name(event->descriptor), "1->2 /x");
	ck_assert_int_eq(event->descriptor->role, ROLE_NONE);
	APPLY_EVENT(SOCKET_RECVMSG_X, SHELL_TID, NUMBER(1), NUMBER(1), EMPTY, unix_tuple_value(tuple, 3, 4, ""), EMPTY,
		    NUMBER(3));
	ck_assert_text_eq(descriptor_name(event->descriptor), "3->4 ");
}
END_TEST

START_TEST(ipv6_messages)
{
	new_socket(3, 10, DATAGRAM, 0);
	send_to(3, "::1", 40000, "::1", 53);
	ck_assert_text_eq(descriptor_name(event->descriptor), "::1:40000->::1:53");
	ck_assert_int_eq(event->descriptor->role, ROLE_CLIENT);
	/* Both ends mapped. */
	new_socket(4, 10, DATAGRAM, 0);
	send_to(4, "::ffff:10.1.2.3", 40000, "::ffff:10.9.9.9", 53);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV4);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->10.9.9.9:53");
	/* A listening entry stays one, under another name. */
	new_socket(5, 10, DATAGRAM, 0);
	bind_to(5, "::", 5353);
	receive_from(5, "::1", 999, "::1", 5353);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV4_LISTENING);
	ck_assert_text_eq(descriptor_name(event->descriptor), "::1:999->::1:5353");
	ck_assert_int_eq(event->descriptor->protocol, PROTOCOL_UNKNOWN);
	ck_assert_uint_eq(event->descriptor->source.address[3], 0);
	new_socket(6, 10, DATAGRAM, 0);
	bind_to(6, "::1", 5354);
	receive_from(6, "::1", 999, "::1", 5354);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_IPV6_LISTENING);
	ck_assert_uint_eq(event->descriptor->source.address[15], 1);
}
END_TEST

START_TEST(wildcard_addresses)
{
	new_socket(3, 2, DATAGRAM, 0);
	send_to(3, "0.0.0.0", 40000, "127.0.0.1", 53);
	ck_assert_text_eq(descriptor_name(event->descriptor), "127.0.0.1:40000->127.0.0.1:53");
	send_to(3, "0.0.0.0", 40000, "10.1.9.9", 53);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->10.1.9.9:53");
	send_to(3, "0.0.0.0", 40000, "8.8.8.8", 53);
	ck_assert_text_eq(descriptor_name(event->descriptor), "10.1.2.3:40000->8.8.8.8:53");
	/* Not when both ends would be the same socket. */
	send_to(3, "0.0.0.0", 53, "127.0.0.1", 53);
	ck_assert_text_eq(descriptor_name(event->descriptor), "0.0.0.0:53->127.0.0.1:53");
	/* Without another interface. */
	interface_list_release(&state->interfaces);
	send_to(3, "0.0.0.0", 40000, "9.9.9.9", 53);
	ck_assert_text_eq(descriptor_name(event->descriptor), "0.0.0.0:40000->9.9.9.9:53");
}
END_TEST

START_TEST(transfers_connect)
{
	new_socket(3, 2, STREAM, 0);
	APPLY_EVENT(SYSCALL_WRITE_X, SHELL_TID, NUMBER(-32), EMPTY, NUMBER(3), NUMBER(1));
	ck_assert(!event->descriptor->is_connected);
	APPLY_EVENT(SYSCALL_WRITE_X, SHELL_TID, NUMBER(0), EMPTY, NUMBER(3), NUMBER(1));
	ck_assert(event->descriptor->is_connected);
	new_socket(4, 1, STREAM, 0);
	APPLY_EVENT(SYSCALL_READ_X, SHELL_TID, NUMBER(5), EMPTY, NUMBER(4), NUMBER(1));
	ck_assert(!event->descriptor->is_connected);
}
END_TEST

/* ---- lists, local addresses ---- */

static struct socket_end end_of(const char *ip, uint16_t port)
{
	struct socket_end end = {.port = port};
	char buffer[128];
	struct parameter_value value = address_value(buffer, ip, port);

	memcpy(end.address, buffer + 1, value.text.length - 3);
	return end;
}

START_TEST(listed_sockets)
{
	struct descriptor_entry listening = {.number = 3, .list_type = 5, .protocol = PROTOCOL_TCP, .name = TEXT_EMPTY};
	struct descriptor_entry served = {.number = 4, .list_type = 3, .protocol = PROTOCOL_TCP, .name = TEXT_EMPTY};
	struct descriptor_entry client = {.number = 5, .list_type = 3, .protocol = PROTOCOL_UDP, .name = TEXT_EMPTY};
	struct descriptor_entry ipv6 = {.number = 6, .list_type = 4, .protocol = PROTOCOL_TCP, .name = TEXT_EMPTY};
	struct descriptor_entry named = {.number = 7, .list_type = 8, .name = TEXT("/run/x")};

	tear_down();
	set_up();
	listening.source = end_of("0.0.0.0", 80);
	served.source = end_of("10.1.2.3", 80);
	served.destination = end_of("10.9.9.9", 999);
	client.source = end_of("10.1.2.3", 40000);
	client.destination = end_of("10.9.9.9", 53);
	ipv6.source = end_of("::1", 80);
	ipv6.destination = end_of("::1", 999);
	/* The listening one last: its port counts for those before it. */
	ck_assert_int_eq(state_add_descriptor(state, SHELL_TID, &served), 0);
	ck_assert_int_eq(state_add_descriptor(state, SHELL_TID, &client), 0);
	ck_assert_int_eq(state_add_descriptor(state, SHELL_TID, &ipv6), 0);
	ck_assert_int_eq(state_add_descriptor(state, SHELL_TID, &named), 0);
	ck_assert_int_eq(state_add_descriptor(state, SHELL_TID, &listening), 0);
	pass();
	ck_assert_text_eq(name_of(SHELL_TID, 3), "0.0.0.0:80");
	ck_assert_int_eq(entry_of(SHELL_TID, 3)->role, ROLE_NONE);
	ck_assert_text_eq(name_of(SHELL_TID, 4), "10.9.9.9:999->10.1.2.3:80");
	ck_assert_int_eq(entry_of(SHELL_TID, 4)->role, ROLE_SERVER);
	ck_assert(entry_of(SHELL_TID, 4)->is_connected);
	ck_assert_int_eq(entry_of(SHELL_TID, 5)->role, ROLE_CLIENT);
	ck_assert(!entry_of(SHELL_TID, 5)->is_connected);
	ck_assert_int_eq(entry_of(SHELL_TID, 6)->role, ROLE_NONE);
	ck_assert_int_eq(entry_of(SHELL_TID, 7)->role, ROLE_SERVER);
	ck_assert_text_eq(name_of(SHELL_TID, 7), "/run/x");
}
END_TEST

START_TEST(local_addresses)
{
	struct socket_end local = end_of("10.1.2.3", 1), other = end_of("10.9.9.9", 1), loopback6 = end_of("::1", 1),
			  any6 = end_of("::", 1), other6 = end_of("fe80::1", 1);
	const struct thread *thread = thread_of(SHELL_TID);

	ck_assert(state_address_is_local(state, thread, SOCKET_FAMILY_IPV4, &local));
	ck_assert(!state_address_is_local(state, thread, SOCKET_FAMILY_IPV4, &other));
	ck_assert(state_address_is_local(state, thread, SOCKET_FAMILY_IPV6, &loopback6));
	ck_assert(state_address_is_local(state, thread, SOCKET_FAMILY_IPV6, &any6));
	ck_assert(!state_address_is_local(state, thread, SOCKET_FAMILY_IPV6, &other6));
}
END_TEST

/* ---- received descriptors ---- */

static int find_descriptor(const struct state_lookup *lookup, const struct thread *thread, int64_t number,
			   struct descriptor_entry *ret_entry)
{
	(void)lookup;
	(void)thread;
	if (number != 20 && number != 21)
		return -2;
	ret_entry->list_type = 1;
	ret_entry->name = TEXT("/received");
	return 0;
}

START_TEST(received_descriptors)
{
	struct state_lookup lookup = {.find_descriptor = find_descriptor};
	uint8_t control[32] = {24, [8] = 1, [12] = 1, [16] = 20, [20] = 21};
	uint8_t broken[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 1};

	tear_down();
	state = state_new(NULL, &lookup);
	add_process(SHELL_TID, SHELL_TID, 0, "shell");
	open_file(SHELL_TID, 20, "/stale", OPEN_READ);
	new_socket(3, 1, STREAM, 0);
	APPLY_EVENT(SOCKET_RECVMSG_X, SHELL_TID, NUMBER(1), NUMBER(1), EMPTY, EMPTY, BYTES(control, 24), NUMBER(3));
	ck_assert_text_eq(name_of(SHELL_TID, 20), "/received");
	ck_assert_text_eq(name_of(SHELL_TID, 21), "/received");
	ck_assert_ptr_eq(event->descriptor, descriptor_of(SHELL_TID, 3));
	APPLY_EVENT(SOCKET_RECVMSG_X, SHELL_TID, NUMBER(1), NUMBER(1), EMPTY, EMPTY, BYTES(broken, 16), NUMBER(3));
	ck_assert_ptr_eq(event->descriptor, descriptor_of(SHELL_TID, 3));
}
END_TEST

/* ---- texts ---- */

START_TEST(parameter_texts)
{
	struct socket_address decoded;
	struct socket_tuple both;
	char buffer[SOCKET_TEXT_BYTES_MAX];
	struct parameter_value value;
	uint32_t position = 0;
	int64_t number;
	int16_t events;
	uint8_t list[] = {2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 5, 0};

	value = address_value(address, "::1", 80);
	ck_assert(socket_address_decode((const uint8_t *)address, (uint32_t)value.text.length, &decoded));
	ck_assert_text_eq(socket_address_text(&decoded, buffer), "::1:80");
	ck_assert(!socket_address_decode((const uint8_t *)address, (uint32_t)value.text.length - 1, &decoded));
	ck_assert(socket_address_decode((const uint8_t *)"\x11", 1, &decoded));
	ck_assert_text_eq(socket_address_text(&decoded, buffer), "family 17");
	ck_assert(!socket_address_decode((const uint8_t *)"", 0, &decoded));
	value = tuple_value(tuple, "::ffff:1.2.3.4", 5, "::", 6);
	ck_assert(socket_tuple_decode((const uint8_t *)tuple, (uint32_t)value.text.length, &both));
	ck_assert_text_eq(socket_tuple_text(&both, buffer), "1.2.3.4:5->0.0.0.0:6");
	ck_assert(!socket_tuple_decode((const uint8_t *)tuple, 36, &both));
	ck_assert(descriptor_list_next(list, sizeof list, &position, &number, &events));
	ck_assert_int_eq(number, 3);
	ck_assert_int_eq(events, 4);
	ck_assert(descriptor_list_next(list, sizeof list, &position, &number, &events));
	ck_assert_int_eq(number, -1);
	ck_assert(!descriptor_list_next(list, sizeof list, &position, &number, &events));
	position = 1;
	ck_assert(!descriptor_list_next(list, sizeof list - 1, &position, &number, &events));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("state_sockets");
	TCase *c = tcase_create("all");

	tcase_add_checked_fixture(c, set_up_network, tear_down);
	tcase_add_loop_test(c, new_sockets, 0, (int)(sizeof sockets / sizeof sockets[0]));
	tcase_add_test(c, socket_flags);
	tcase_add_test(c, socketpairs);
	tcase_add_test(c, binding);
	tcase_add_test(c, connecting);
	tcase_add_test(c, connecting_unix);
	tcase_add_test(c, udp_listener_connects);
	tcase_add_test(c, swapped_destination);
	tcase_add_test(c, connect_is_predicted);
	tcase_add_test(c, accepting);
	tcase_add_test(c, datagrams);
	tcase_add_test(c, streams_are_not_renamed);
	tcase_add_test(c, missed_sockets);
	tcase_add_test(c, messages_of_unix_sockets);
	tcase_add_test(c, ipv6_messages);
	tcase_add_test(c, wildcard_addresses);
	tcase_add_test(c, transfers_connect);
	tcase_add_test(c, listed_sockets);
	tcase_add_test(c, local_addresses);
	tcase_add_test(c, received_descriptors);
	tcase_add_test(c, parameter_texts);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
