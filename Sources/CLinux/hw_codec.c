#include "hw_codec.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hw_gzip.h"

enum hw_codec_kind { hw_codec_gzip, hw_codec_zstd, hw_codec_xz, hw_codec_bzip2 };

// zstd.h
struct hw_zstd_out { void *bytes; size_t size, place; };
struct hw_zstd_in { const void *bytes; size_t size, place; };

// lzma/base.h, with room behind.
struct hw_lzma {
  const uint8_t *next_in;
  size_t avail_in;
  uint64_t total_in;
  uint8_t *next_out;
  size_t avail_out;
  uint64_t total_out;
  const void *allocator;
  void *internal;
  void *reserved[16];
};

// bzlib.h
struct hw_bzip {
  char *next_in;
  unsigned avail_in, total_in_low, total_in_high;
  char *next_out;
  unsigned avail_out, total_out_low, total_out_high;
  void *state, *allocate, *release, *opaque;
};

struct hw_codec {
  enum hw_codec_kind kind;
  struct hw_gunzip *gzip;
  void *library, *zstd;
  size_t (*zstd_expand)(void *, struct hw_zstd_out *, struct hw_zstd_in *);
  unsigned (*zstd_failed)(size_t);
  size_t (*zstd_free)(void *);
  struct hw_lzma lzma;
  int (*lzma_code)(struct hw_lzma *, int);
  void (*lzma_end)(struct hw_lzma *);
  struct hw_bzip bzip;
  int (*bzip_begin)(struct hw_bzip *, int, int);
  int (*bzip_expand)(struct hw_bzip *);
  int (*bzip_end)(struct hw_bzip *);
  // Before the first byte, within a frame, behind one, or where it is known to be none.
  enum { hw_before, hw_inside, hw_after, hw_broken } place;
};

static bool hw_load(struct hw_codec *codec) {
  switch (codec->kind) {
    case hw_codec_zstd: {
      codec->library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
      if (!codec->library) return false;
      void *(*create)(void) = (void *(*)(void))dlsym(codec->library, "ZSTD_createDStream");
      codec->zstd_expand =
          (size_t (*)(void *, struct hw_zstd_out *, struct hw_zstd_in *))dlsym(codec->library, "ZSTD_decompressStream");
      codec->zstd_failed = (unsigned (*)(size_t))dlsym(codec->library, "ZSTD_isError");
      codec->zstd_free = (size_t (*)(void *))dlsym(codec->library, "ZSTD_freeDStream");
      if (!create || !codec->zstd_expand || !codec->zstd_failed || !codec->zstd_free) return false;
      codec->zstd = create();
      return codec->zstd != NULL;
    }
    case hw_codec_xz: {
      codec->library = dlopen("liblzma.so.5", RTLD_NOW | RTLD_LOCAL);
      if (!codec->library) return false;
      int (*begin)(struct hw_lzma *, uint64_t, uint32_t) =
          (int (*)(struct hw_lzma *, uint64_t, uint32_t))dlsym(codec->library, "lzma_stream_decoder");
      codec->lzma_code = (int (*)(struct hw_lzma *, int))dlsym(codec->library, "lzma_code");
      codec->lzma_end = (void (*)(struct hw_lzma *))dlsym(codec->library, "lzma_end");
      // 256 MB is more than xz -9 needs (65 MB); 8 is LZMA_CONCATENATED.
      return begin && codec->lzma_code && codec->lzma_end && begin(&codec->lzma, 256u << 20, 8) == 0;
    }
    case hw_codec_bzip2:
      codec->library = dlopen("libbz2.so.1.0", RTLD_NOW | RTLD_LOCAL);
      if (!codec->library) codec->library = dlopen("libbz2.so.1", RTLD_NOW | RTLD_LOCAL);
      if (!codec->library) return false;
      codec->bzip_begin = (int (*)(struct hw_bzip *, int, int))dlsym(codec->library, "BZ2_bzDecompressInit");
      codec->bzip_expand = (int (*)(struct hw_bzip *))dlsym(codec->library, "BZ2_bzDecompress");
      codec->bzip_end = (int (*)(struct hw_bzip *))dlsym(codec->library, "BZ2_bzDecompressEnd");
      return codec->bzip_begin && codec->bzip_expand && codec->bzip_end && codec->bzip_begin(&codec->bzip, 0, 0) == 0;
    default: return true;
  }
}

struct hw_codec *hw_codec_open(const unsigned char *head, size_t count, int *error) {
  struct hw_codec *codec = calloc(1, sizeof *codec);
  *error = -ENOMEM;
  if (!codec) return NULL;
  if (count >= 4 && memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0) codec->kind = hw_codec_zstd;
  else if (count >= 4 && memcmp(head, "\xfd" "7zX", 4) == 0) codec->kind = hw_codec_xz;
  else if (count >= 4 && memcmp(head, "BZh", 3) == 0) codec->kind = hw_codec_bzip2;
  if (codec->kind == hw_codec_gzip) {
    codec->gzip = hw_gunzip_open();
    if (codec->gzip) return codec;
    free(codec);
    return NULL;
  }
  if (hw_load(codec)) return codec;
  *error = -ELIBACC;
  if (codec->library) dlclose(codec->library);
  free(codec);
  return NULL;
}

void hw_codec_close(struct hw_codec *codec) {
  if (!codec) return;
  switch (codec->kind) {
    case hw_codec_gzip: hw_gunzip_close(codec->gzip); break;
    case hw_codec_zstd: codec->zstd_free(codec->zstd); break;
    case hw_codec_xz: codec->lzma_end(&codec->lzma); break;
    case hw_codec_bzip2: codec->bzip_end(&codec->bzip); break;
  }
  // The library stays: another file of the kind may follow.
  free(codec);
}

static long hw_zstd_some(
    struct hw_codec *codec, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity) {
  struct hw_zstd_in in = {bytes, count, 0};
  struct hw_zstd_out out = {piece, capacity, 0};
  size_t status = codec->zstd_expand(codec->zstd, &out, &in);
  *taken = in.place;
  if (codec->zstd_failed(status)) {
    codec->place = hw_broken;
    return out.place > 0 ? (long)out.place : -EINVAL;
  }
  codec->place = status == 0 ? hw_after : hw_inside;
  return (long)out.place;
}

static long hw_lzma_some(
    struct hw_codec *codec, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity) {
  codec->lzma.next_in = bytes;
  codec->lzma.avail_in = count;
  codec->lzma.next_out = piece;
  codec->lzma.avail_out = capacity;
  int status = codec->lzma_code(&codec->lzma, 0);
  *taken = count - codec->lzma.avail_in;
  long made = (long)(capacity - codec->lzma.avail_out);
  codec->place = hw_inside;
  // 10 is LZMA_BUF_ERROR: more bytes are needed, or more room.
  if (status != 0 && status != 1 && status != 10) {
    codec->place = hw_broken;
    return made > 0 ? made : -EINVAL;
  }
  return made;
}

static long hw_bzip_some(
    struct hw_codec *codec, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity) {
  struct hw_bzip *bzip = &codec->bzip;
  if (codec->place == hw_after && count > 0) {
    codec->bzip_end(bzip);
    memset(bzip, 0, sizeof *bzip);
    if (codec->bzip_begin(bzip, 0, 0) != 0) return -ENOMEM;
  }
  bzip->next_in = (char *)bytes;
  bzip->avail_in = (unsigned)(count > (1u << 30) ? (1u << 30) : count);
  bzip->next_out = piece;
  bzip->avail_out = (unsigned)(capacity > (1u << 30) ? (1u << 30) : capacity);
  unsigned given = bzip->avail_in, room = bzip->avail_out;
  int status = codec->bzip_expand(bzip);
  *taken = given - bzip->avail_in;
  long made = (long)(room - bzip->avail_out);
  // 4 is BZ_STREAM_END.
  codec->place = status == 4 ? hw_after : hw_inside;
  if (status != 0 && status != 4) {
    codec->place = hw_broken;
    return made > 0 ? made : -EINVAL;
  }
  return made;
}

long hw_codec_some(
    struct hw_codec *codec, const void *bytes, size_t count, size_t *taken, void *piece, size_t capacity) {
  *taken = 0;
  if (codec->kind == hw_codec_gzip) return hw_gunzip_some(codec->gzip, bytes, count, taken, piece, capacity);
  if (codec->place == hw_broken) return -EINVAL;
  if (capacity == 0) return 0;
  switch (codec->kind) {
    case hw_codec_zstd: return hw_zstd_some(codec, bytes, count, taken, piece, capacity);
    case hw_codec_xz: return hw_lzma_some(codec, bytes, count, taken, piece, capacity);
    default: return hw_bzip_some(codec, bytes, count, taken, piece, capacity);
  }
}

int hw_codec_end(const struct hw_codec *codec) {
  if (codec->kind == hw_codec_gzip) return hw_gunzip_end(codec->gzip);
  if (codec->place == hw_broken) return -EINVAL;
  if (codec->kind == hw_codec_xz) {
    // With no more bytes to come it says whether the last stream is whole: 3 is LZMA_FINISH, 1 LZMA_STREAM_END.
    struct hw_codec *own = (struct hw_codec *)codec;
    uint8_t none;
    own->lzma.avail_in = 0;
    own->lzma.next_out = &none;
    own->lzma.avail_out = 0;
    return own->lzma_code(&own->lzma, 3) == 1 ? 0 : -ENODATA;
  }
  return codec->place == hw_after ? 0 : -ENODATA;
}
