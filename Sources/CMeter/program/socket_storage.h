// Where a program keeps what it knows of each socket.
//
// The kernel's own storage in sockets goes with them, and an accepted socket has its listener's record from the start. Before Linux
// 5.13 not every kind of program may use it: built with HW_BY_ADDRESS, a program keeps its records in a table by the sockets'
// addresses, copies them at accept() and removes them at the end by itself.
#ifndef SOCKET_STORAGE_H
#define SOCKET_STORAGE_H

#include "owners.h"

#ifdef HW_BY_ADDRESS

#define SOCKET_STORAGE(name, record, clone)                                            \
  struct {                                                                             \
    __uint(type, BPF_MAP_TYPE_HASH);                                                   \
    __uint(map_flags, BPF_F_NO_PREALLOC);                                              \
    __uint(max_entries, 65536);                                                        \
    __type(key, __u64);                                                                \
    __type(value, record);                                                             \
  } name SEC(".maps");                                                                 \
  struct {                                                                             \
    __uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
    __uint(max_entries, 1);                                                            \
    __type(key, __u32);                                                                \
    __type(value, record);                                                             \
  } no_##name SEC(".maps");                                                            \
  static __noinline record *name##_at(__u64 address, bool create) {                    \
    record *known = bpf_map_lookup_elem(&name, &address);                              \
    if (known || !create) return known;                                                \
    __u32 zero = 0;                                                                    \
    record *none = bpf_map_lookup_elem(&no_##name, &zero);                             \
    if (!none) return 0;                                                               \
    bpf_map_update_elem(&name, &address, none, BPF_NOEXIST);                           \
    return bpf_map_lookup_elem(&name, &address);                                       \
  }

/// The record of `sk`, made if there is none and `create`; null without.
#define STORED(name, sk, create) name##_at((__u64)as_number(sk), create)
#define FORGET(name, sk)                       \
  do {                                         \
    __u64 address_ = (__u64)as_number(sk);     \
    bpf_map_delete_elem(&name, &address_);     \
  } while (0)
/// A member of a `struct sock` that need not be there any more.
#define MEMBER(sk, ...) BPF_CORE_READ(sk, __VA_ARGS__)
/// Tracing programs may only read the cookie, which a program of a cgroup has made by then; 0 as long as none has.
#define COOKIE(sk) ((__u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter))
/// A number of the socket's own while it has no cookie, and not its address.
#define ANY_COOKIE(sk) (COOKIE(sk) ?: ((__u64)as_number(sk) * 0x9E3779B97F4A7C15ull | 1ull << 63))
#define FLAG(flags, more) ((flags) |= (more))

#else

#define SOCKET_STORAGE(name, record, clone)                                            \
  struct {                                                                             \
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);                                             \
    __uint(map_flags, BPF_F_NO_PREALLOC | (clone));                                    \
    __type(key, int);                                                                  \
    __type(value, record);                                                             \
  } name SEC(".maps");

#define STORED(name, sk, create) bpf_sk_storage_get(&name, sk, 0, (create) ? BPF_SK_STORAGE_GET_F_CREATE : 0)
#define FORGET(name, sk) \
  do {                   \
  } while (0)
#define MEMBER(sk, member) (sk)->member
#define COOKIE(sk) bpf_get_socket_cookie(sk)
#define ANY_COOKIE(sk) bpf_get_socket_cookie(sk)
#define FLAG(flags, more) __sync_fetch_and_or(&(flags), more)

#endif

// The socket of an open file; null for every other file.
static __always_inline struct socket *socket_of_file(struct file *file) {
#ifdef HW_BY_ADDRESS
  // bpf_sock_from_file() is there since 5.11. A socket and its file know each other, and a socket and its protocol's part do.
  struct socket *held = BPF_CORE_READ(file, private_data);
  if (!held || BPF_CORE_READ(held, file) != file) return 0;
  struct sock *sk = BPF_CORE_READ(held, sk);
  return sk && BPF_CORE_READ(sk, sk_socket) == held ? held : 0;
#else
  return bpf_sock_from_file(file);
#endif
}

#endif
