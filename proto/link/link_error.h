/* nng's error numbers as negative errnos; private to this folder. */
#ifndef TERCEL_PROTO_LINK_LINK_ERROR_H
#define TERCEL_PROTO_LINK_LINK_ERROR_H

#include <errno.h>
#include <nng/nng.h>

static inline int link_errno(int error)
{
	switch (error) {
	case 0:
		return 0;
	case NNG_ENOMEM:
		return -ENOMEM;
	case NNG_ETIMEDOUT:
		return -ETIMEDOUT;
	case NNG_ECLOSED:
	case NNG_ECANCELED:
		return -ECANCELED;
	case NNG_EADDRINUSE:
		return -EADDRINUSE;
	case NNG_EADDRINVAL:
	case NNG_EINVAL:
		return -EINVAL;
	case NNG_EPERM:
		return -EACCES;
	case NNG_ECONNREFUSED:
		return -ECONNREFUSED;
	case NNG_ECONNRESET:
	case NNG_ECONNABORTED:
		return -ECONNRESET;
	case NNG_ECONNSHUT:
		return -EPIPE;
	case NNG_ESTATE:
	case NNG_EPROTO:
		return -EPROTO;
	case NNG_EBUSY:
		return -EBUSY;
	case NNG_EMSGSIZE:
		return -EMSGSIZE;
	case NNG_ENOFILES:
		return -EMFILE;
	default:
		return -EIO;
	}
}

#endif
