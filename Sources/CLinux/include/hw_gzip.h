// gzip (RFC 1952), through zlib.
#ifndef HW_GZIP_H
#define HW_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Takes a piece of the result; false ends the work.
typedef bool (*hw_bytes_sink)(void *context, const void *bytes, size_t count);

/// Compresses to one gzip member without a name or a time: 0, -EFBIG if the sink did not want more, or -ENOMEM.
int hw_gzip(const void *bytes, size_t count, hw_bytes_sink sink, void *context);

/// gzip that comes in pieces: members after one another, and zeros behind them, which are padding (as gzip(1) takes them).
struct hw_gunzip;
/// NULL if there is no memory.
struct hw_gunzip *hw_gunzip_open(void);
void hw_gunzip_close(struct hw_gunzip *gzip);
/// Expands some of `bytes` into `piece`, and says in `*taken` how many of them: how many bytes came out. Once what was good
/// has come out -EINVAL for what is spoilt or no gzip; -ENOMEM. Nothing out and nothing taken: more bytes are needed.
long hw_gunzip_some(
    struct hw_gunzip *gzip, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity);
/// What it means that no more bytes come: 0 behind a member, -ENODATA within one or before the first, -EINVAL where it was
/// spoilt.
int hw_gunzip_end(const struct hw_gunzip *gzip);

/// The same of an open file, which may be zstd, xz or bzip2, too, on a thread of its own that is a few pieces ahead of who reads them.
struct hw_expansion;
/// Takes no ownership of `fd`, which must stay open until `hw_expansion_end`. `head` are bytes that were read from it before.
/// NULL if there is no memory or no thread.
struct hw_expansion *hw_expansion_begin(int fd, const void *head, size_t head_count);
/// Copies what was expanded, at most `capacity` bytes: how many; 0 at the end. Once everything before it was handed out the
/// errors of `hw_gunzip_some` and `hw_gunzip_end`, -ELIBACC where the system has not the library, or what read(2) said.
long hw_expansion_read(struct hw_expansion *work, void *bytes, size_t capacity);
/// How many compressed bytes were taken in so far.
uint64_t hw_expansion_taken(struct hw_expansion *work);
/// Ends the thread and frees everything.
void hw_expansion_end(struct hw_expansion *work);

#endif
