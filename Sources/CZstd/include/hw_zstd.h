// Compression with libzstd. No header of libzstd is exposed.
#ifndef HW_ZSTD_H
#define HW_ZSTD_H

#include <stddef.h>
#include <stdint.h>

/// The most bytes that `count` bytes may become.
size_t hw_zstd_bound(size_t count);

/// Compresses `count` bytes into `to`. Returns the compressed size; -1 if it can't.
int64_t hw_zstd_compress(void *to, size_t room, const void *from, size_t count, int level);

/// The size that the compressed bytes state; -1 if they are no zstd frame, or state none.
int64_t hw_zstd_size(const void *from, size_t count);

/// Returns the size of what was unpacked into `to`; -1 if the bytes are damaged or don't fit.
int64_t hw_zstd_expand(void *to, size_t room, const void *from, size_t count);
#endif
