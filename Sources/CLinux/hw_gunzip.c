#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "hw_gzip.h"

// Window bits of 15, and 16 for gzip's header and check (zlib.h).
enum { hw_gunzip_window = 15 + 16 };

struct hw_gunzip {
  z_stream stream;
  // Before the first byte, within a member, behind one, or where it is known to be no gzip.
  enum { hw_nowhere, hw_within, hw_behind, hw_spoilt } place;
};

struct hw_gunzip *hw_gunzip_open(void) {
  struct hw_gunzip *gzip = calloc(1, sizeof *gzip);
  if (gzip && inflateInit2(&gzip->stream, hw_gunzip_window) != Z_OK) {
    free(gzip);
    return NULL;
  }
  return gzip;
}

void hw_gunzip_close(struct hw_gunzip *gzip) {
  if (!gzip) return;
  inflateEnd(&gzip->stream);
  free(gzip);
}

long hw_gunzip_some(
    struct hw_gunzip *gzip, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity) {
  const unsigned char *start = bytes;
  *taken = 0;
  if (gzip->place == hw_spoilt) return -EINVAL;
  if (gzip->place == hw_behind) {
    while (*taken < count && start[*taken] == 0) *taken += 1;
  }
  if (*taken == count || capacity == 0) return 0;
  z_stream *stream = &gzip->stream;
  if (gzip->place == hw_behind && inflateReset(stream) != Z_OK) return -ENOMEM;
  gzip->place = hw_within;
  size_t left = count - *taken;
  unsigned given = left > (1u << 30) ? (1u << 30) : (unsigned)left;
  unsigned room = capacity > (1u << 30) ? (1u << 30) : (unsigned)capacity;
  stream->next_in = (unsigned char *)start + *taken;
  stream->avail_in = given;
  stream->next_out = piece;
  stream->avail_out = room;
  int status = inflate(stream, Z_NO_FLUSH);
  *taken += given - stream->avail_in;
  long made = room - stream->avail_out;
  if (status == Z_STREAM_END) {
    gzip->place = hw_behind;
  } else if (status == Z_MEM_ERROR) {
    return -ENOMEM;
  } else if (status != Z_OK && status != Z_BUF_ERROR) {
    // What came out before is good, and is told about before the error.
    gzip->place = hw_spoilt;
    if (made == 0) return -EINVAL;
  }
  return made;
}

int hw_gunzip_end(const struct hw_gunzip *gzip) {
  return gzip->place == hw_behind ? 0 : gzip->place == hw_spoilt ? -EINVAL : -ENODATA;
}
