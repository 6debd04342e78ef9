// Compresses and decompresses gzip (RFC 1952) with zlib.
#ifndef HW_GZIP_H
#define HW_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Receives a piece of the result; returns false to stop.
typedef bool (*hw_bytes_sink)(void *context, const void *bytes, size_t count);

/// Compresses to one gzip member without a file name and a time. Returns 0, -EFBIG if the sink returned false, or
/// -ENOMEM.
int hw_gzip(const void *bytes, size_t count, hw_bytes_sink sink, void *context);

/// Decompresses gzip that arrives in pieces. There may be several members, and zeros after a member are padding, as for
/// gzip(1).
struct hw_gunzip;
/// Returns NULL if there is no memory.
struct hw_gunzip *hw_gunzip_open(void);
void hw_gunzip_close(struct hw_gunzip *gzip);
/// Decompresses some of `bytes` into `piece` and sets `*taken` to the number of bytes that it consumed. Returns the
/// number of bytes in `piece`; -ENOMEM; or -EINVAL for damaged data or data that is no gzip, after everything before
/// the damage was returned. If it returns 0 and `*taken` is 0, it needs more bytes.
long hw_gunzip_some(
    struct hw_gunzip *gzip, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity);
/// To be asked when there are no more bytes. Returns 0 if the data end after a member, -ENODATA if they end inside a
/// member or before the first, and -EINVAL if they were damaged.
int hw_gunzip_end(const struct hw_gunzip *gzip);

/// Decompresses an open file: gzip, zstd, xz or bzip2. A separate thread works a few pieces ahead of the reader.
struct hw_expansion;
/// Starts to decompress `fd`, which stays the caller's and must stay open until `hw_expansion_end`. `head` has the
/// bytes that were read from it before. Returns NULL if there is no memory or no thread.
struct hw_expansion *hw_expansion_begin(int fd, const void *head, size_t head_count);
/// Copies decompressed data to `bytes`, at most `capacity` bytes. Returns how many; 0 at the end. After all data before
/// an error were returned, it returns the error: one of `hw_gunzip_some` and `hw_gunzip_end`, -ELIBACC if the system
/// does not have the library, or the -errno of read(2).
long hw_expansion_read(struct hw_expansion *work, void *bytes, size_t capacity);
/// Returns how many compressed bytes were consumed so far.
uint64_t hw_expansion_taken(struct hw_expansion *work);
/// Ends the thread and frees the memory.
void hw_expansion_end(struct hw_expansion *work);

#endif
