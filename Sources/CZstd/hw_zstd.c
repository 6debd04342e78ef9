#include "hw_zstd.h"

#include <zstd.h>

size_t hw_zstd_bound(size_t count) { return ZSTD_compressBound(count); }

int64_t hw_zstd_compress(void *to, size_t room, const void *from, size_t count, int level) {
  size_t size = ZSTD_compress(to, room, from, count, level);
  return ZSTD_isError(size) ? -1 : (int64_t)size;
}

int64_t hw_zstd_size(const void *from, size_t count) {
  unsigned long long size = ZSTD_getFrameContentSize(from, count);
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > INT64_MAX) return -1;
  return (int64_t)size;
}

int64_t hw_zstd_expand(void *to, size_t room, const void *from, size_t count) {
  size_t size = ZSTD_decompress(to, room, from, count);
  return ZSTD_isError(size) ? -1 : (int64_t)size;
}
