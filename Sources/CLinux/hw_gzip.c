#include "hw_gzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// Window bits of 15, and 16 for gzip's header and check (zlib.h).
enum { hw_gzip_window = 15 + 16, hw_piece = 65536 };

static void hw_feed(z_stream *stream, const unsigned char *bytes, size_t count, size_t *given) {
  if (stream->avail_in > 0 || *given == count) return;
  size_t left = count - *given;
  size_t piece = left > (1u << 30) ? (1u << 30) : left;
  stream->next_in = (unsigned char *)bytes + *given;
  stream->avail_in = (unsigned)piece;
  *given += piece;
}

int hw_gunzip(const void *bytes, size_t count, hw_bytes_sink sink, void *context) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (inflateInit2(&stream, hw_gzip_window) != Z_OK) return -ENOMEM;
  unsigned char piece[hw_piece];
  size_t given = 0;
  int result = -EINVAL;
  for (;;) {
    hw_feed(&stream, bytes, count, &given);
    stream.next_out = piece;
    stream.avail_out = sizeof piece;
    int status = inflate(&stream, Z_NO_FLUSH);
    size_t made = sizeof piece - stream.avail_out;
    if (made > 0 && !sink(context, piece, made)) {
      result = -EFBIG;
      break;
    }
    if (status == Z_STREAM_END) {
      result = 0;
      bool hasMore = stream.avail_in >= 2 && stream.next_in[0] == 0x1f && stream.next_in[1] == 0x8b;
      if (!hasMore) break;
      // Another member; a torn one is an error again.
      result = -EINVAL;
      if (inflateReset(&stream) != Z_OK) break;
    } else if (status != Z_OK) {
      // Z_BUF_ERROR: the input ended in mid-stream.
      result = status == Z_MEM_ERROR ? -ENOMEM : -EINVAL;
      break;
    }
  }
  inflateEnd(&stream);
  return result;
}

int hw_gzip(const void *bytes, size_t count, hw_bytes_sink sink, void *context) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (deflateInit2(&stream, 6, Z_DEFLATED, hw_gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) return -ENOMEM;
  unsigned char piece[hw_piece];
  size_t given = 0;
  int result = 0;
  for (;;) {
    hw_feed(&stream, bytes, count, &given);
    stream.next_out = piece;
    stream.avail_out = sizeof piece;
    int status = deflate(&stream, given == count ? Z_FINISH : Z_NO_FLUSH);
    size_t made = sizeof piece - stream.avail_out;
    if (made > 0 && !sink(context, piece, made)) {
      result = -EFBIG;
      break;
    }
    if (status == Z_STREAM_END) break;
    if (status != Z_OK) {
      result = -ENOMEM;
      break;
    }
  }
  deflateEnd(&stream);
  return result;
}

struct hw_gunzip_stream {
  z_stream stream;
  // Behind a member.
  bool is_whole;
  // Something else follows the last member.
  bool is_over;
};

struct hw_gunzip_stream *hw_gunzip_open(void) {
  struct hw_gunzip_stream *stream = calloc(1, sizeof *stream);
  if (stream && inflateInit2(&stream->stream, hw_gzip_window) != Z_OK) {
    free(stream);
    return NULL;
  }
  return stream;
}

void hw_gunzip_close(struct hw_gunzip_stream *stream) {
  if (!stream) return;
  inflateEnd(&stream->stream);
  free(stream);
}

long hw_gunzip_some(
    struct hw_gunzip_stream *stream, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity) {
  *taken = 0;
  if (count == 0 || capacity == 0) return 0;
  if (stream->is_whole && *(const unsigned char *)bytes != 0x1f) stream->is_over = true;
  if (stream->is_over) {
    *taken = count;
    return 0;
  }
  z_stream *z = &stream->stream;
  if (stream->is_whole) {
    if (inflateReset(z) != Z_OK) return -EINVAL;
    stream->is_whole = false;
  }
  unsigned given = count > (1u << 30) ? (1u << 30) : (unsigned)count;
  unsigned room = capacity > (1u << 30) ? (1u << 30) : (unsigned)capacity;
  z->next_in = (unsigned char *)bytes;
  z->avail_in = given;
  z->next_out = piece;
  z->avail_out = room;
  int status = inflate(z, Z_NO_FLUSH);
  *taken = given - z->avail_in;
  if (status == Z_STREAM_END) stream->is_whole = true;
  else if (status == Z_MEM_ERROR) return -ENOMEM;
  else if (status != Z_OK && status != Z_BUF_ERROR) return -EINVAL;
  return room - z->avail_out;
}

bool hw_gunzip_is_whole(const struct hw_gunzip_stream *stream) { return stream->is_whole; }
