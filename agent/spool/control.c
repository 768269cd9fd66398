#include "agent/spool/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control_buffer {
	struct cmsghdr aligned;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int control_send(int socket, const struct control_message *message, int attached)
{
	union {
		const struct control_message *in;
		void *out;
	} cast = {message}; /* sendmsg only reads */
	struct iovec part = {cast.out, sizeof(*message)};
	union control_buffer control = {0};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

	if (attached >= 0) {
		struct cmsghdr *rights;

		header.msg_control = control.bytes;
		header.msg_controllen = sizeof control.bytes;
		rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(rights), &attached, sizeof attached);
	}
	return sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void terminate(char *string, size_t size)
{
	string[size - 1] = '\0';
}

int control_receive(int socket, struct control_message *ret_message, int *ret_attached)
{
	struct control_message message = {0};
	struct iovec part = {&message, sizeof message};
	union control_buffer control = {0};
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	int attached = -1;
	ssize_t got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (got == 0)
		return -EPIPE;
	for (struct cmsghdr *rights = CMSG_FIRSTHDR(&header); rights; rights = CMSG_NXTHDR(&header, rights))
		if (rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS &&
		    rights->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&attached, CMSG_DATA(rights), sizeof attached);
	if (got != (ssize_t)sizeof message || (header.msg_flags & MSG_TRUNC) || message.kind < CONTROL_HELLO ||
	    message.kind > CONTROL_STATUS || (message.kind == CONTROL_BUNDLE) != (attached >= 0)) {
		if (attached >= 0)
			close(attached);
		return -EBADMSG;
	}
	if (message.kind == CONTROL_STATUS) {
		terminate(message.status.running.name, sizeof message.status.running.name);
		terminate(message.status.running.channel, sizeof message.status.running.channel);
		terminate(message.status.refusal_code, sizeof message.status.refusal_code);
		terminate(message.status.refusal_message, sizeof message.status.refusal_message);
	}
	*ret_message = message;
	*ret_attached = attached;
	return 1;
}
