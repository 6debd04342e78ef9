#define _GNU_SOURCE
#include "hw_meter.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hw_parts.h"

// In the order of attachment: owners first, then what closes, then the seeds, and the counting of packets last, so that
// no packet is counted before its owner can be known.
static const struct hw_part parts[] = {
  {.name = "on_sock_create", .how = TO_CGROUP, .keeps = true},
  {.name = "on_clone", .how = TO_FUNCTION, .keeps = true},
  {.name = "on_sock_release", .how = TO_CGROUP, .keeps = true},
  {.name = "on_tcp_destroy", .how = TO_TRACEPOINT, .keeps = true},
  {.name = "on_send_length", .how = TO_TRACEPOINT},
  {.name = "on_recv_length", .how = TO_TRACEPOINT},
  {.name = "on_inet_send", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_inet6_send", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_send_page", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_packet_send", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_inet_receive", .how = TO_FUNCTION, .instead_of = "on_recv_length"},
  {.name = "on_inet6_receive", .how = TO_FUNCTION, .instead_of = "on_recv_length"},
  {.name = "on_connect4", .how = TO_CGROUP, .instead_of = "on_inet_send"},
  {.name = "on_connect6", .how = TO_CGROUP, .instead_of = "on_inet6_send"},
  {.name = "on_sendmsg4", .how = TO_CGROUP, .instead_of = "on_inet_send"},
  {.name = "on_sendmsg6", .how = TO_CGROUP, .instead_of = "on_inet6_send"},
  {.name = "seed", .how = TO_ITERATOR, .keeps = true},
  {.name = "read_sockets", .how = TO_ITERATOR, .essential = true, .keeps = true},
  {.name = "on_ingress", .how = TO_CGROUP, .essential = true},
  {.name = "on_egress", .how = TO_CGROUP, .essential = true},
  {.name = "on_dev_queue", .how = TO_TRACEPOINT, .passing = true},
  {.name = "on_receive", .how = TO_TRACEPOINT, .passing = true},
  {.name = "on_drop", .how = TO_TRACEPOINT, .passing = true, .arguments = 3},
  {.name = "on_plain_drop", .how = TO_TRACEPOINT, .passing = true, .instead_of = "on_drop"},
  {.name = "on_unsent", .how = TO_TRACEPOINT, .arguments = 3},
  {.name = "on_plain_unsent", .how = TO_TRACEPOINT, .instead_of = "on_unsent"},
};
#define PARTS (sizeof parts / sizeof *parts)
_Static_assert(PARTS == HW_METER_PROGRAMS, "report has one entry per part");

struct hw_meter {
  struct bpf_object *object;
  struct bpf_link *links[PARTS];
  struct ring_buffer *closed;
  int sockets, frames, flows, writers, lineages, forwards, leftovers, overflow;
  int reader;  // link of read_sockets
  int cgroup;  // open, to attach again what somebody detached; below 0 before that
  void (*each_closed)(const struct hw_socket *, void *);
  void *closed_context;
};

static int closed_arrived(void *context, void *data, size_t size) {
  struct hw_meter *meter = context;
  if (size >= sizeof(struct hw_socket) && meter->each_closed) meter->each_closed(data, meter->closed_context);
  return 0;
}

static int map_descriptor(struct bpf_object *object, const char *name) {
  return bpf_object__find_map_fd_by_name(object, name);
}

int hw_meter_start(const struct hw_objects *objects, const struct hw_meter_options *options, struct hw_meter **result,
                   struct hw_meter_program *report, size_t *count, char *message) {
  *result = NULL;
  *count = PARTS;
  message[0] = 0;
  hw_keep_libbpf_quiet();
  const struct hw_choice choice = {
    .plain = {objects->plain, objects->plain_size, &options->reader_pid_namespace, sizeof options->reader_pid_namespace},
    .by_address = {objects->by_address, objects->by_address_size, &options->reader_pid_namespace,
                   sizeof options->reader_pid_namespace},
    .parts = parts, .count = PARTS, .without = options->without, .passing = options->passing,
  };
  bool wanted[PARTS];
  int cgroup = open(options->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (cgroup < 0) {
    int error = errno;
    snprintf(message, 256, "open cgroup v2 root %s", options->cgroup);
    return -error;
  }

  struct hw_meter *meter = calloc(1, sizeof *meter);
  int error = -ENOMEM;
  if (!meter) goto failed;
  meter->cgroup = -1;
  error = hw_load(&choice, &meter->object, wanted, report);
  if (error) {
    // libbpf's own error for it is ESRCH, which says nothing.
    snprintf(message, 256, error == -ESRCH && access("/sys/kernel/btf/vmlinux", R_OK) != 0
                               ? "load the eBPF programs: the kernel's types (/sys/kernel/btf/vmlinux) cannot be read; is /sys mounted?"
                               : "load the eBPF programs");
    goto failed;
  }
  const struct hw_part *lacking = hw_lacking(parts, PARTS, wanted);
  if (lacking) {
    size_t index = (size_t)(lacking - parts);
    error = report[index].error ? -report[index].error : -EOPNOTSUPP;
    snprintf(message, 256, "load the eBPF program %s", lacking->name);
    goto failed;
  }

  meter->sockets = map_descriptor(meter->object, "sockets");
  meter->frames = map_descriptor(meter->object, "frames");
  meter->flows = map_descriptor(meter->object, "flows");
  meter->lineages = map_descriptor(meter->object, "lineages");
  meter->writers = map_descriptor(meter->object, "writers");
  meter->forwards = map_descriptor(meter->object, "forwards");
  meter->leftovers = map_descriptor(meter->object, "leftovers");
  meter->overflow = map_descriptor(meter->object, "overflow");
  meter->closed = ring_buffer__new(map_descriptor(meter->object, "closed"), closed_arrived, meter, NULL);
  if (!meter->closed) {
    error = -errno;
    snprintf(message, 256, "open the ring buffer");
    goto failed;
  }
  for (size_t i = 0; i < PARTS; i++) {
    if (!wanted[i]) continue;
    int map = strcmp(parts[i].name, "read_sockets") ? -1 : meter->sockets;
    error = hw_attach(meter->object, &parts[i], cgroup, map, &meter->links[i]);
    if (error == 0 && !strcmp(parts[i].name, "seed")) error = hw_run_iterator(meter->links[i]);
    report[i].active = error == 0;
    report[i].error = -error;
    if (error && parts[i].essential) {
      snprintf(message, 256, "attach the eBPF program %s", parts[i].name);
      goto failed;
    }
    if (!strcmp(parts[i].name, "read_sockets")) meter->reader = bpf_link__fd(meter->links[i]);
  }
  meter->cgroup = cgroup;
  // libbpf read the whole kernel's BTF to relocate the programs.
  malloc_trim(0);
  *result = meter;
  return 0;

failed:
  close(cgroup);
  hw_meter_stop(meter);
  return error;
}

// Reads all sockets that moved since they were last read. Returns how often the kernel had to go on where it had stopped.
static int hw_pass_sockets(
  struct hw_meter *meter, struct hw_socket *records, size_t room, void (*each)(const struct hw_socket *, void *), void *context
) {
  int fd = bpf_iter_create(meter->reader);
  if (fd < 0) return -errno;
  size_t filled = 0;
  int result = -1;
  for (;;) {
    ssize_t length = read(fd, (char *)records + filled, room * sizeof *records - filled);
    if (length < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      result = -errno;
      break;
    }
    result++;
    if (length == 0) break;
    filled += (size_t)length;
    size_t whole = filled / sizeof *records;
    for (size_t i = 0; i < whole; i++) each(&records[i], context);
    filled -= whole * sizeof *records;
    memmove(records, (char *)records + whole * sizeof *records, filled);
  }
  close(fd);
  return result;
}

int hw_meter_read_sockets(struct hw_meter *meter, void (*each)(const struct hw_socket *, void *), void *context) {
  enum { ROOM = (256 << 10) / sizeof(struct hw_socket) };
  struct hw_socket *records = malloc(ROOM * sizeof *records);
  if (!records) return -ENOMEM;
  // The kernel finds the place where it stopped by counting. If sockets in front of it closed meanwhile, it counts too far and
  // passes over others; those are still unread.
  int stops = hw_pass_sockets(meter, records, ROOM, each, context);
  int again = stops > 1 ? hw_pass_sockets(meter, records, ROOM, each, context) : 0;
  free(records);
  return stops < 0 ? stops : again < 0 ? again : stops > 1;
}

int hw_meter_read_closed(struct hw_meter *meter, void (*each)(const struct hw_socket *, void *), void *context) {
  meter->each_closed = each;
  meter->closed_context = context;
  int count = ring_buffer__consume(meter->closed);
  meter->each_closed = NULL;
  return count < 0 ? count : 0;
}

// Walks a hash map in batches (since Linux 5.6), or key by key.
static int walk(int map, size_t key_size, size_t value_size, void (*each)(const void *, const void *, void *),
                void *context) {
  enum { BATCH = 1024 };
  char *keys = malloc(BATCH * key_size), *values = malloc(BATCH * value_size);
  int error = keys && values ? 0 : -ENOMEM;
  uint32_t position;
  bool first = true;
  while (!error) {
    uint32_t count = BATCH;
    int outcome = bpf_map_lookup_batch(map, first ? NULL : &position, &position, keys, values, &count, NULL);
    if (outcome < 0 && outcome != -ENOENT) {
      error = outcome;
      break;
    }
    for (uint32_t i = 0; i < count; i++) each(keys + i * key_size, values + i * value_size, context);
    if (outcome == -ENOENT) break;
    first = false;
  }
  if (error && error != -ENOMEM && first) {
    error = 0;
    void *previous = NULL;
    while (bpf_map_get_next_key(map, previous, keys) == 0) {
      if (bpf_map_lookup_elem(map, keys, values) == 0) each(keys, values, context);
      previous = keys;
    }
  }
  free(keys);
  free(values);
  return error;
}

struct walker {
  void (*each)(void);
  void *context;
};

#define WALK(map_name, key_type, value_type)                                                              \
  static void each_##map_name(const void *key, const void *value, void *context) {                       \
    struct walker *walker = context;                                                                      \
    ((void (*)(const key_type *, const value_type *, void *))walker->each)(key, value, walker->context);  \
  }                                                                                                       \
  int hw_meter_read_##map_name(struct hw_meter *meter,                                                    \
                               void (*each)(const key_type *, const value_type *, void *), void *context) { \
    struct walker walker = {(void (*)(void))each, context};                                               \
    return walk(meter->map_name, sizeof(key_type), sizeof(value_type), each_##map_name, &walker);         \
  }

WALK(frames, uint64_t, struct hw_socket)
WALK(flows, struct hw_flow_key, struct hw_flow_value)
WALK(writers, struct hw_writer_key, struct hw_writer_value)
WALK(forwards, struct hw_forward_key, struct hw_forward_value)
WALK(leftovers, struct hw_leftover_key, struct hw_direction)

int hw_meter_forget_frames(struct hw_meter *meter, uint64_t cookie) {
  return bpf_map_delete_elem(meter->frames, &cookie);
}

int hw_meter_forget_flow(struct hw_meter *meter, const struct hw_flow_key *key) {
  return bpf_map_delete_elem(meter->flows, key);
}

int hw_meter_find_lineage(struct hw_meter *meter, const struct hw_lineage_key *key, struct hw_lineage *lineage) {
  return bpf_map_lookup_elem(meter->lineages, key, lineage);
}

int hw_meter_forget_writer(struct hw_meter *meter, const struct hw_writer_key *key) {
  return bpf_map_delete_elem(meter->writers, key);
}

int hw_meter_forget_forward(struct hw_meter *meter, const struct hw_forward_key *key) {
  return bpf_map_delete_elem(meter->forwards, key);
}

int hw_meter_read_overflow(struct hw_meter *meter, uint64_t counts[4]) {
  for (uint32_t i = 0; i < 4; i++) {
    int error = bpf_map_lookup_elem(meter->overflow, &i, &counts[i]);
    if (error) return error;
  }
  return 0;
}

int hw_meter_wakeup_descriptor(struct hw_meter *meter) { return ring_buffer__epoll_fd(meter->closed); }

void hw_meter_stop(struct hw_meter *meter) {
  if (!meter) return;
  for (size_t i = PARTS; i-- > 0;)
    if (meter->links[i]) bpf_link__destroy(meter->links[i]);
  if (meter->closed) ring_buffer__free(meter->closed);
  if (meter->object) bpf_object__close(meter->object);
  if (meter->cgroup >= 0) close(meter->cgroup);
  free(meter);
}

void hw_meter_mend(struct hw_meter *meter, void (*each)(const char *name, int error, void *), void *context) {
  for (size_t i = 0; i < PARTS; i++) {
    if (!meter->links[i] || parts[i].how != TO_CGROUP) continue;
    // A link that was detached has no cgroup any more.
    struct bpf_link_info info = {};
    uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(bpf_link__fd(meter->links[i]), &info, &size) || info.cgroup.cgroup_id) continue;
    struct bpf_link *link = NULL;
    int error = hw_attach(meter->object, &parts[i], meter->cgroup, -1, &link);
    if (!error) {
      bpf_link__destroy(meter->links[i]);
      meter->links[i] = link;
    }
    each(parts[i].name, -error, context);
  }
}

bool hw_drop_reason_name(uint32_t reason, char *name, size_t capacity) {
  static struct btf *kernel;
  if (!kernel) kernel = btf__load_vmlinux_btf();
  if (!kernel) return false;
  int id = btf__find_by_name_kind(kernel, "skb_drop_reason", BTF_KIND_ENUM);
  if (id < 0) return false;
  const struct btf_type *type = btf__type_by_id(kernel, (uint32_t)id);
  const struct btf_enum *values = btf_enum(type);
  for (uint16_t i = 0; i < btf_vlen(type); i++) {
    if ((uint32_t)values[i].val != reason) continue;
    const char *text = btf__name_by_offset(kernel, values[i].name_off);
    const char *prefix = "SKB_DROP_REASON_";
    if (!strncmp(text, prefix, strlen(prefix))) text += strlen(prefix);
    snprintf(name, capacity, "%s", text);
    return true;
  }
  return false;
}
