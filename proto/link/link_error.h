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
	default:
		return -EIO;
	}
}

#endif
