/*
 * Memory that is mapped rather than allocated, laid out in parts. Under AddressSanitizer each part is followed by bytes that
 * must not be touched, as behind an allocation; else the parts lie on cache lines side by side.
 */
#ifndef TERCEL_VM_REDZONE_H
#define TERCEL_VM_REDZONE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TERCEL_HAS_REDZONES 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define TERCEL_HAS_REDZONES 1
#endif

#ifdef TERCEL_HAS_REDZONES
#include <sanitizer/asan_interface.h>
#define REDZONE_BYTES 64
#else
#define REDZONE_BYTES 0
#define ASAN_POISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

/* Zeroed private memory with room for a redzone behind it, or NULL. Pages cost nothing until they are touched. */
static inline void *private_map(size_t bytes)
{
	void *at = mmap(NULL, bytes + REDZONE_BYTES + 1, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	ASAN_POISON_MEMORY_REGION((uint8_t *)at + bytes, REDZONE_BYTES);
	return at;
}

static inline void private_unmap(void *at, size_t bytes)
{
	ASAN_UNPOISON_MEMORY_REGION(at, bytes + REDZONE_BYTES);
	munmap(at, bytes + REDZONE_BYTES + 1);
}

/*
 * The next part of a layout: at *offset, on a cache line. With a NULL base only the offsets are counted, so that one function
 * both measures the memory and divides it.
 */
static inline void *private_part(uint8_t *base, size_t *offset, size_t count, size_t element_bytes)
{
	size_t start = *offset, bytes = count * element_bytes, end = start + ((bytes + 63) & ~(size_t)63) + REDZONE_BYTES;

	*offset = end;
	if (base == NULL)
		return NULL;
	ASAN_POISON_MEMORY_REGION(base + start + bytes, end - start - bytes);
	return base + start;
}

#endif
