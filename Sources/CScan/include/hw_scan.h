// Searches bytes with vector instructions, which Swift cannot express.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define HW_INLINE static inline __attribute__((always_inline))

/// Prefetches the cache line at `address`, which need not be readable. Unlike a load it delays no later instruction.
HW_INLINE void hw_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

/// Compares 16 bytes with `byte`. Returns a bit for each, the lowest for the first: 1 if they are equal.
HW_INLINE uint32_t hw_equal16(const uint8_t *bytes, uint8_t byte) {
#ifdef __SSE2__
  __m128i block = _mm_loadu_si128((const __m128i *)bytes);
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8((char)byte)));
#else
  uint32_t bits = 0;
  for (int index = 0; index < 16; index++) bits |= (uint32_t)(bytes[index] == byte) << index;
  return bits;
#endif
}

/// Returns the first index from `start` on at which `byte` is; `count` if it is nowhere. Reads up to 31 bytes beyond
/// `count`.
HW_INLINE long hw_first(const uint8_t *bytes, long start, long count, uint8_t byte) {
  for (long index = start; index < count; index += 32) {
    uint32_t bits = hw_equal16(bytes + index, byte) | hw_equal16(bytes + index + 16, byte) << 16;
    if (bits == 0) continue;
    long found = index + __builtin_ctz(bits);
    return found < count ? found : count;
  }
  return count;
}

/// Returns the first index from `start` on at which a space or one of `?` `;` `#` `%` `\` is; `count` if none is. Reads
/// up to 15 bytes beyond `count`.
HW_INLINE long hw_first_path_end(const uint8_t *bytes, long start, long count) {
  for (long index = start; index < count; index += 16) {
    uint32_t bits;
#ifdef __SSE2__
    __m128i block = _mm_loadu_si128((const __m128i *)(bytes + index));
    // `?` equals `;` with bit 2 set, so one comparison finds both.
    __m128i found = _mm_cmpeq_epi8(_mm_or_si128(block, _mm_set1_epi8(4)), _mm_set1_epi8('?'));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8(' ')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8('#')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8('%')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
    bits = (uint32_t)_mm_movemask_epi8(found);
#else
    bits = hw_equal16(bytes + index, '?') | hw_equal16(bytes + index, ';') | hw_equal16(bytes + index, ' ') |
           hw_equal16(bytes + index, '#') | hw_equal16(bytes + index, '%') | hw_equal16(bytes + index, '\\');
#endif
    if (bits == 0) continue;
    long end = index + __builtin_ctz(bits);
    return end < count ? end : count;
  }
  return count;
}
