#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>

void sp_buffer_free(struct sp_buffer *buffer)
{
	free(buffer->p);
	*buffer = (struct sp_buffer){ 0 };
}

uint8_t *sp_buffer_reserve(struct sp_buffer *buffer, size_t n)
{
	size_t capacity = buffer->capacity == 0 ? 256 : buffer->capacity;

	if (buffer->p != NULL && n <= buffer->capacity - buffer->n)
		return buffer->p + buffer->n;
	if (n > SIZE_MAX / 4 || buffer->n > SIZE_MAX / 4)
		sp_abort("buffer too large");
	while (capacity - buffer->n < n)
		capacity *= 2;
	buffer->p = realloc(buffer->p, capacity);
	if (buffer->p == NULL)
		sp_abort("out of memory");
	buffer->capacity = capacity;
	return buffer->p + buffer->n;
}

void sp_buffer_utf(struct sp_buffer *buffer, struct sp_slice text)
{
	if (text.n > UINT16_MAX)
		sp_abort("string longer than 65535 bytes");
	sp_buffer_u16(buffer, (uint16_t)text.n);
	sp_buffer_bytes(buffer, text);
}

void sp_buffer_blob(struct sp_buffer *buffer, struct sp_slice bytes)
{
	if (bytes.n > INT32_MAX)
		sp_abort("blob of 2 GiB or more");
	sp_buffer_u32(buffer, (uint32_t)bytes.n);
	sp_buffer_bytes(buffer, bytes);
}

void sp_buffer_printf(struct sp_buffer *buffer, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0)
		return;
	va_start(args, fmt);
	vsnprintf((char *)sp_buffer_reserve(buffer, (size_t)n + 1), (size_t)n + 1, fmt, args);
	va_end(args);
	buffer->n += (size_t)n;
}
