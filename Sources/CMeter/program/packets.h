// Packets as tuples: parsing from the network header on, and comparing.
#ifndef PACKETS_H
#define PACKETS_H

#include "owners.h"

// Source in `local`, destination in `remote`. `header` gets the length of all headers up to the payload of TCP and UDP.
struct parsed {
  struct hw_tuple tuple;
  __u32 header;
};

// `load` reads `size` bytes at `offset` from the network header; 0 on success.
#define PARSE(load, is_v6, result)                                                                  \
  do {                                                                                              \
    __u32 at_;                                                                                      \
    __u8 inner_;                                                                                    \
    bool later_fragment = false;                                                                    \
    if (is_v6) {                                                                                    \
      __u8 h[40];                                                                                   \
      if (load(0, h, sizeof h)) break;                                                              \
      __builtin_memcpy((result)->tuple.local, h + 8, 16);                                           \
      __builtin_memcpy((result)->tuple.remote, h + 24, 16);                                         \
      inner_ = h[6];                                                                                \
      at_ = 40;                                                                                     \
      for (int i = 0; i < 4; i++) {                                                                 \
        __u8 e[8];                                                                                  \
        if (inner_ != 0 && inner_ != 43 && inner_ != 44 && inner_ != 60) break;                     \
        if (load(at_, e, sizeof e)) break;                                                          \
        if (inner_ == 44) later_fragment = e[2] != 0 || (e[3] & 0xF8) != 0;                         \
        at_ += inner_ == 44 ? 8 : 8 + e[1] * 8;                                                     \
        inner_ = e[0];                                                                              \
      }                                                                                             \
    } else {                                                                                        \
      __u8 h[20];                                                                                   \
      if (load(0, h, sizeof h)) break;                                                              \
      __u32 from, to;                                                                               \
      __builtin_memcpy(&from, h + 12, 4);                                                           \
      __builtin_memcpy(&to, h + 16, 4);                                                             \
      map_v4((result)->tuple.local, from);                                                          \
      map_v4((result)->tuple.remote, to);                                                           \
      inner_ = h[9];                                                                                \
      at_ = (h[0] & 15) * 4;                                                                        \
      later_fragment = (h[6] & 0x1F) != 0 || h[7] != 0;                                             \
    }                                                                                               \
    (result)->tuple.protocol = inner_;                                                              \
    (result)->header = at_;                                                                         \
    if (later_fragment) break;                                                                      \
    if (has_ports(inner_)) {                                                                        \
      __u8 p[4];                                                                                    \
      if (load(at_, p, sizeof p)) break;                                                            \
      (result)->tuple.local_port = p[0] << 8 | p[1];                                                \
      (result)->tuple.remote_port = p[2] << 8 | p[3];                                               \
      if (inner_ == PROTO_TCP) {                                                                    \
        __u8 d;                                                                                     \
        if (load(at_ + 12, &d, 1)) break;                                                           \
        (result)->header = at_ + (d >> 4) * 4;                                                      \
      } else if (inner_ == PROTO_UDP) {                                                             \
        (result)->header = at_ + 8;                                                                 \
      }                                                                                             \
    } else if (inner_ == PROTO_ICMP || inner_ == PROTO_ICMP6) {                                     \
      __u8 e[6];                                                                                    \
      if (load(at_, e, sizeof e)) break;                                                            \
      bool echo = inner_ == PROTO_ICMP ? e[0] == 8 || e[0] == 0 : e[0] == 128 || e[0] == 129;       \
      /* As connection tracking has it: the identifier at both ends. */                             \
      if (echo) (result)->tuple.local_port = (result)->tuple.remote_port = e[4] << 8 | e[5];        \
    }                                                                                               \
  } while (0)

static __always_inline bool same_tuple(const struct hw_tuple *a, const struct hw_tuple *b) {
  const __u64 *x = (const void *)a, *y = (const void *)b;
  return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3] && x[4] == y[4];
}
_Static_assert(sizeof(struct hw_tuple) == 40, "compared in words");

static __always_inline void exchange(struct hw_tuple *tuple) {
  __u8 address[16];
  __builtin_memcpy(address, tuple->local, 16);
  __builtin_memcpy(tuple->local, tuple->remote, 16);
  __builtin_memcpy(tuple->remote, address, 16);
  __u16 port = tuple->local_port;
  tuple->local_port = tuple->remote_port;
  tuple->remote_port = port;
}

#endif
