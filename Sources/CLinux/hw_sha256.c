#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

#include "hw_spawn.h"

// SHA-256 as FIPS 180-4 describes it: section 4.2.2 for the constants, 6.2 for the computation.
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

struct state {
  uint32_t hash[8];
  uint8_t block[64];
  size_t filled;
  uint64_t length;
};

static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static inline uint32_t turned(uint32_t word, int bits) { return word >> bits | word << (32 - bits); }

static void compress(uint32_t hash[8], const uint8_t *block) {
  uint32_t words[64];
  for (int i = 0; i < 16; i++)
    words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t low = turned(words[i - 15], 7) ^ turned(words[i - 15], 18) ^ words[i - 15] >> 3;
    uint32_t high = turned(words[i - 2], 17) ^ turned(words[i - 2], 19) ^ words[i - 2] >> 10;
    words[i] = words[i - 16] + low + words[i - 7] + high;
  }
  uint32_t v[8];
  memcpy(v, hash, sizeof v);
  for (int i = 0; i < 64; i++) {
    uint32_t sum = turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25);
    uint32_t first = v[7] + sum + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + words[i];
    uint32_t second = (turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22)) +
                      ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += first;
    v[0] = first + second;
  }
  for (int i = 0; i < 8; i++) hash[i] += v[i];
}

#ifdef __x86_64__
// Intel's SHA extensions (Software Developer's Manual, SHA256RNDS2, SHA256MSG1, SHA256MSG2) do four rounds in two
// instructions: a probe of 16 MB takes 15 ms instead of 200.
static bool has_instructions(void) {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_SSSE3) || !(ecx & bit_SSE4_1)) return false;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && ebx & bit_SHA;
}

__attribute__((target("sha,sse4.1,ssse3"))) static void compress_all(uint32_t hash[8], const uint8_t *bytes,
                                                                     size_t blocks) {
  const __m128i swapped = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i abef = _mm_set_epi32((int)hash[0], (int)hash[1], (int)hash[4], (int)hash[5]);
  __m128i cdgh = _mm_set_epi32((int)hash[2], (int)hash[3], (int)hash[6], (int)hash[7]);
  for (; blocks; blocks--, bytes += 64) {
    __m128i before[2] = {abef, cdgh}, words[16];
    for (int i = 0; i < 16; i++) {
      if (i < 4) {
        words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), swapped);
      } else {
        __m128i low = _mm_sha256msg1_epu32(words[i - 4], words[i - 3]);
        __m128i middle = _mm_alignr_epi8(words[i - 1], words[i - 2], 4);
        words[i] = _mm_sha256msg2_epu32(_mm_add_epi32(low, middle), words[i - 1]);
      }
      __m128i sum = _mm_add_epi32(words[i], _mm_loadu_si128((const __m128i *)(constants + 4 * i)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
    }
    abef = _mm_add_epi32(abef, before[0]);
    cdgh = _mm_add_epi32(cdgh, before[1]);
  }
  hash[0] = (uint32_t)_mm_extract_epi32(abef, 3), hash[1] = (uint32_t)_mm_extract_epi32(abef, 2);
  hash[4] = (uint32_t)_mm_extract_epi32(abef, 1), hash[5] = (uint32_t)_mm_extract_epi32(abef, 0);
  hash[2] = (uint32_t)_mm_extract_epi32(cdgh, 3), hash[3] = (uint32_t)_mm_extract_epi32(cdgh, 2);
  hash[6] = (uint32_t)_mm_extract_epi32(cdgh, 1), hash[7] = (uint32_t)_mm_extract_epi32(cdgh, 0);
}
#else
static bool has_instructions(void) { return false; }
static void compress_all(uint32_t hash[8], const uint8_t *bytes, size_t blocks) {
  for (; blocks; blocks--, bytes += 64) compress(hash, bytes);
}
#endif

static void add(struct state *state, const uint8_t *bytes, size_t count) {
  state->length += count;
  if (!state->filled && count >= sizeof state->block && has_instructions()) {
    size_t blocks = count / sizeof state->block;
    compress_all(state->hash, bytes, blocks);
    bytes += blocks * sizeof state->block;
    count -= blocks * sizeof state->block;
  }
  while (count) {
    if (!state->filled && count >= sizeof state->block) {
      compress(state->hash, bytes);
      bytes += sizeof state->block;
      count -= sizeof state->block;
      continue;
    }
    size_t part = sizeof state->block - state->filled;
    if (part > count) part = count;
    memcpy(state->block + state->filled, bytes, part);
    state->filled += part;
    bytes += part;
    count -= part;
    if (state->filled == sizeof state->block) {
      compress(state->hash, state->block);
      state->filled = 0;
    }
  }
}

static void finish(struct state *state, uint8_t digest[32]) {
  uint64_t bits = state->length * 8;
  uint8_t end[72] = {0x80};
  size_t zeros = (state->filled < 56 ? 56 : 120) - state->filled;
  for (int i = 0; i < 8; i++) end[zeros + i] = (uint8_t)(bits >> (56 - 8 * i));
  add(state, end, zeros + 8);
  for (int i = 0; i < 32; i++) digest[i] = (uint8_t)(state->hash[i / 4] >> (24 - 8 * (i % 4)));
}

int hw_sha256(int fd, uint8_t digest[32], uint64_t *size) {
  struct state state = {.filled = 0};
  memcpy(state.hash, initial, sizeof initial);
  uint8_t buffer[65536];
  for (;;) {
    ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    if (count == 0) break;
    add(&state, buffer, (size_t)count);
  }
  *size = state.length;
  finish(&state, digest);
  return 0;
}

void hw_sha256_bytes(const void *bytes, size_t count, uint8_t digest[32]) {
  struct state state = {.filled = 0};
  memcpy(state.hash, initial, sizeof initial);
  add(&state, bytes, count);
  finish(&state, digest);
}
