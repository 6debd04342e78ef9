#define _GNU_SOURCE
#include "hw_follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hw_parts.h"

// None is essential by itself, but one has to be there. The seeds come last: a call that is seen knows its owner better.
static const struct hw_part parts[] = {
  {.name = "on_sock_create", .how = TO_CGROUP, .keeps = true},
  {.name = "on_clone", .how = TO_FUNCTION, .keeps = true},
  {.name = "on_destroy", .how = TO_TRACEPOINT, .keeps = true},
  {.name = "on_bind4", .how = TO_CGROUP},
  {.name = "on_bind6", .how = TO_CGROUP},
  {.name = "on_connect4", .how = TO_CGROUP},
  {.name = "on_connect6", .how = TO_CGROUP},
  {.name = "on_peername4", .how = TO_CGROUP},
  {.name = "on_peername6", .how = TO_CGROUP},
  {.name = "on_sendmsg4", .how = TO_CGROUP},
  {.name = "on_sendmsg6", .how = TO_CGROUP},
  {.name = "on_recvmsg4", .how = TO_CGROUP},
  {.name = "on_recvmsg6", .how = TO_CGROUP},
  {.name = "on_sock_release", .how = TO_CGROUP},
  {.name = "on_send_length", .how = TO_TRACEPOINT},
  {.name = "on_recv_length", .how = TO_TRACEPOINT},
  {.name = "on_inet_send", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_inet6_send", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_send_page", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_packet_send", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_inet_receive", .how = TO_FUNCTION, .instead_of = "on_recv_length"},
  {.name = "on_inet6_receive", .how = TO_FUNCTION, .instead_of = "on_recv_length"},
  {.name = "on_packet_receive", .how = TO_FUNCTION, .instead_of = "on_recv_length"},
  {.name = "on_set_state", .how = TO_TRACEPOINT, .keeps = true},
  {.name = "on_error", .how = TO_TRACEPOINT},
  {.name = "on_error_report", .how = TO_FUNCTION, .instead_of = "on_error"},
  {.name = "seed", .how = TO_ITERATOR, .keeps = true},
};
#define PARTS (sizeof parts / sizeof *parts)
_Static_assert(PARTS == HW_FOLLOW_PROGRAMS, "report has one entry per part");

struct hw_follow {
  struct bpf_object *object;
  struct bpf_link *links[PARTS];
  struct ring_buffer *events;
  int lost;
  void (*each)(const struct hw_follow_event *, void *);
  void *context;
};

static int arrived(void *context, void *data, size_t size) {
  struct hw_follow *follow = context;
  if (size >= sizeof(struct hw_follow_event) && follow->each) follow->each(data, follow->context);
  return 0;
}

static int fill_set(struct bpf_object *object, const char *name, const uint32_t *members, size_t count) {
  int map = bpf_object__find_map_fd_by_name(object, name);
  uint8_t present = 1;
  for (size_t i = 0; i < count; i++)
    if (bpf_map_update_elem(map, &members[i], &present, BPF_ANY)) return -errno;
  return 0;
}

int hw_follow_start(const struct hw_objects *objects, const struct hw_follow_options *options, struct hw_follow **result,
                    struct hw_meter_program *report, size_t *count, char *message) {
  *result = NULL;
  *count = PARTS;
  message[0] = 0;
  hw_keep_libbpf_quiet();
  const struct hw_choice choice = {
    .plain = {objects->plain, objects->plain_size, &options->filter, sizeof options->filter},
    .by_address = {objects->by_address, objects->by_address_size, &options->filter, sizeof options->filter},
    .parts = parts, .count = PARTS, .without = options->without,
  };
  bool wanted[PARTS];
  int cgroup = open(options->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (cgroup < 0) {
    int error = errno;
    snprintf(message, 256, "open cgroup v2 root %s", options->cgroup);
    return -error;
  }

  struct hw_follow *follow = calloc(1, sizeof *follow);
  int error = -ENOMEM;
  if (!follow) goto failed;
  error = hw_load(&choice, &follow->object, wanted, report);
  size_t left = 0;
  for (size_t i = 0; i < PARTS; i++) left += error == 0 && wanted[i];
  if (error || left == 0) {
    snprintf(message, 256, "load the eBPF programs that follow sockets");
    for (size_t i = 0; i < PARTS && !error; i++) error = -report[i].error;
    if (!error) error = -EOPNOTSUPP;
    goto failed;
  }

  snprintf(message, 256, "prepare the maps of the eBPF programs");
  follow->lost = bpf_object__find_map_fd_by_name(follow->object, "lost");
  error = fill_set(follow->object, "followed", options->processes, options->process_count);
  if (error) goto failed;
  error = fill_set(follow->object, "namespaces", options->namespaces, options->namespace_count);
  if (error) goto failed;
  follow->events = ring_buffer__new(bpf_object__find_map_fd_by_name(follow->object, "events"), arrived, follow, NULL);
  if (!follow->events) {
    error = -errno;
    goto failed;
  }
  size_t active = 0;
  for (size_t i = 0; i < PARTS; i++) {
    if (!wanted[i]) continue;
    error = hw_attach(follow->object, &parts[i], cgroup, -1, &follow->links[i]);
    if (error == 0 && parts[i].how == TO_ITERATOR) error = hw_run_iterator(follow->links[i]);
    report[i].active = error == 0;
    report[i].error = -error;
    active += error == 0;
  }
  if (active == 0) {
    snprintf(message, 256, "attach the eBPF programs that follow sockets");
    goto failed;
  }
  message[0] = 0;
  close(cgroup);
  *result = follow;
  return 0;

failed:
  close(cgroup);
  hw_follow_stop(follow);
  return error;
}

int hw_follow_descriptor(struct hw_follow *follow) { return ring_buffer__epoll_fd(follow->events); }

int hw_follow_take(struct hw_follow *follow, void (*each)(const struct hw_follow_event *, void *), void *context) {
  follow->each = each;
  follow->context = context;
  int count = ring_buffer__consume(follow->events);
  follow->each = NULL;
  return count;
}

int hw_follow_lost(struct hw_follow *follow, uint64_t *count) {
  uint32_t zero = 0;
  return bpf_map_lookup_elem(follow->lost, &zero, count) ? -errno : 0;
}

void hw_follow_stop(struct hw_follow *follow) {
  if (!follow) return;
  for (size_t i = PARTS; i-- > 0;)
    if (follow->links[i]) bpf_link__destroy(follow->links[i]);
  if (follow->events) ring_buffer__free(follow->events);
  if (follow->object) bpf_object__close(follow->object);
  free(follow);
}
