// What scanning at the speed of memory needs and Swift has no words for.
#pragma once

/// Fetches the cache line at `address`, which need not be readable. Unlike a load it holds up nothing that follows.
static inline __attribute__((always_inline)) void hw_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }
