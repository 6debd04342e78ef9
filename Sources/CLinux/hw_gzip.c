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
