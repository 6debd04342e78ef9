// Compressed bytes, through zlib.
#ifndef HW_GZIP_H
#define HW_GZIP_H

#include <stdbool.h>
#include <stddef.h>

/// Takes a piece of the result; false ends the work.
typedef bool (*hw_bytes_sink)(void *context, const void *bytes, size_t count);

/// Expands gzip (RFC 1952), also several members after one another: 0; -EINVAL for anything else or what is torn, -EFBIG if
/// the sink did not want more, -ENOMEM.
int hw_gunzip(const void *bytes, size_t count, hw_bytes_sink sink, void *context);
/// Compresses to one gzip member without a name or a time: 0, -EFBIG or -ENOMEM.
int hw_gzip(const void *bytes, size_t count, hw_bytes_sink sink, void *context);

#endif
