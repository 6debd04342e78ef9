// Where the meter keeps what it counts; user space reads these once per interval.
#ifndef METER_MAPS_H
#define METER_MAPS_H

#include "hw_meter_records.h"
#include "socket_storage.h"

SOCKET_STORAGE(sockets, struct hw_socket, BPF_F_CLONE)

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 131072);
  __type(key, struct hw_flow_key);
  __type(value, struct hw_flow_value);
} flows SEC(".maps");

// The processes that sent or received last.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, struct hw_lineage_key);
  __type(value, struct hw_lineage);
} lineages SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct hw_lineage);
} lineage_scratch SEC(".maps");

// Who moved how much of sockets that several processes use.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 16384);
  __type(key, struct hw_writer_key);
  __type(value, struct hw_writer_value);
} writers SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 131072);
  __type(key, struct hw_forward_key);
  __type(value, struct hw_forward_value);
} forwards SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 8192);
  __type(key, struct hw_leftover_key);
  __type(value, struct hw_direction);
} leftovers SEC(".maps");

// What packet sockets sent, by cookie: no hook tells that they close, so they are not kept in the socket.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 4096);
  __type(key, __u64);
  __type(value, struct hw_socket);
} frames SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct hw_socket);
} frame_scratch SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  // The reader maps it twice, which counts as its memory: 8 MB hold 16,000 sockets, and it is woken at a quarter.
  __uint(max_entries, 8 << 20);
} closed SEC(".maps");

// Counted when a map or the ring buffer was full: 0 closed sockets, 1 their bytes, 2 forwarded bytes.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} overflow SEC(".maps");

#endif
