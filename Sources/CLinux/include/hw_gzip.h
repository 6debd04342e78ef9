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

/// gzip that comes in pieces.
struct hw_gunzip_stream;
/// NULL if there is no memory.
struct hw_gunzip_stream *hw_gunzip_open(void);
void hw_gunzip_close(struct hw_gunzip_stream *stream);
/// Expands some of `bytes` into `piece`, and says in `*taken` how many of them: how many bytes came out; -EINVAL for something
/// else or what is torn, -ENOMEM. What follows the last member is passed over.
long hw_gunzip_some(
    struct hw_gunzip_stream *stream, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity);
/// Whether what came so far is whole.
bool hw_gunzip_is_whole(const struct hw_gunzip_stream *stream);

#endif
