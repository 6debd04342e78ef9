// The ways in which logs are compressed. Private to this target.
#ifndef HW_CODEC_H
#define HW_CODEC_H

#include <stddef.h>

/// gzip through zlib; zstd, xz and bzip2 through the system's libraries, which are loaded when such a file is read.
struct hw_codec;

/// By a file's first four bytes, gzip if they are nothing else. NULL with `*error` -ENOMEM, or -ELIBACC where the system has
/// not the library.
struct hw_codec *hw_codec_open(const unsigned char *head, size_t count, int *error);
void hw_codec_close(struct hw_codec *codec);
/// As `hw_gunzip_some` and `hw_gunzip_end`.
long hw_codec_some(
    struct hw_codec *codec, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity);
int hw_codec_end(const struct hw_codec *codec);

#endif
