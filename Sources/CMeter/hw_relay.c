#define _GNU_SOURCE
#include "hw_relay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw_parts.h"

// Sends and receives say what happened; connections alone say nothing of a relay.
static const struct hw_part parts[] = {
  {.name = "on_send_length", .how = TO_TRACEPOINT, .essential = true},
  {.name = "on_recv_length", .how = TO_TRACEPOINT, .essential = true},
  {.name = "on_inet_send", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_inet6_send", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_send_page", .how = TO_FUNCTION, .instead_of = "on_send_length"},
  {.name = "on_inet_receive", .how = TO_FUNCTION, .instead_of = "on_recv_length"},
  {.name = "on_inet6_receive", .how = TO_FUNCTION, .instead_of = "on_recv_length"},
  {.name = "on_splice", .how = TO_TRACEPOINT},
  {.name = "on_set_state", .how = TO_TRACEPOINT, .essential = true, .keeps = true},
  {.name = "on_destroy", .how = TO_TRACEPOINT, .keeps = true},
};
#define PARTS (sizeof parts / sizeof *parts)
_Static_assert(PARTS == HW_RELAY_PROGRAMS, "report has one entry per part");

struct hw_relay {
  struct bpf_object *object;
  bool wanted[PARTS];
  struct bpf_link *links[PARTS];
  struct ring_buffer *events;
  int lost, listening;
  void (*each)(const struct hw_relay_event *, void *);
  void *context;
};

// The reader may look at as much as the kind says.
static size_t size_of(uint8_t kind) {
  return kind == HW_RELAY_SOCKET    ? sizeof(struct hw_relay_socket)
         : kind == HW_RELAY_PROCESS ? sizeof(struct hw_relay_process)
                                    : sizeof(struct hw_relay_event);
}

static int arrived(void *context, void *data, size_t size) {
  struct hw_relay *relay = context;
  const struct hw_relay_event *event = data;
  if (size >= sizeof *event && size >= size_of(event->kind) && relay->each) relay->each(event, relay->context);
  return 0;
}

int hw_relay_load(const struct hw_objects *objects, const struct hw_relay_options *options, struct hw_relay **result,
                  struct hw_meter_program *report, size_t *count, char *message) {
  *result = NULL;
  *count = PARTS;
  hw_keep_libbpf_quiet();
  const struct hw_choice choice = {
    .plain = {objects->plain, objects->plain_size, &options->record, sizeof options->record},
    .by_address = {objects->by_address, objects->by_address_size, &options->record, sizeof options->record},
    .parts = parts, .count = PARTS, .without = options->without,
  };
  bool wanted[PARTS];
  struct hw_relay *relay = calloc(1, sizeof *relay);
  if (!relay) return -ENOMEM;
  snprintf(message, 256, "load the eBPF programs that watch relays");
  int error = hw_load(&choice, &relay->object, wanted, report);
  if (error) goto failed;
  const struct hw_part *lacking = hw_lacking(parts, PARTS, wanted);
  if (lacking) {
    size_t index = (size_t)(lacking - parts);
    error = report[index].error ? -report[index].error : -EOPNOTSUPP;
    if (!report[index].error) snprintf(message, 256, "watch relays without %s", lacking->name);
    goto failed;
  }

  snprintf(message, 256, "prepare the maps of the eBPF programs");
  relay->lost = bpf_object__find_map_fd_by_name(relay->object, "lost");
  relay->listening = bpf_object__find_map_fd_by_name(relay->object, "listening");
  relay->events = ring_buffer__new(bpf_object__find_map_fd_by_name(relay->object, "events"), arrived, relay, NULL);
  if (!relay->events) {
    error = -errno;
    goto failed;
  }
  memcpy(relay->wanted, wanted, sizeof wanted);
  message[0] = 0;
  *result = relay;
  return 0;

failed:
  hw_relay_stop(relay);
  return error;
}

int hw_relay_attach(struct hw_relay *relay, const struct hw_relay_port *ports, size_t port_count,
                    struct hw_meter_program *report, char *message) {
  uint8_t present = 1;
  for (size_t i = 0; i < port_count; i++) {
    if (bpf_map_update_elem(relay->listening, &ports[i], &present, BPF_ANY) == 0) continue;
    snprintf(message, 256, "prepare the maps of the eBPF programs");
    return -errno;
  }
  for (size_t i = 0; i < PARTS; i++) {
    if (!relay->wanted[i]) continue;
    int error = hw_attach(relay->object, &parts[i], -1, -1, &relay->links[i]);
    report[i].active = error == 0;
    report[i].error = -error;
    if (error && parts[i].essential) {
      snprintf(message, 256, "attach the eBPF program %s", parts[i].name);
      return error;
    }
  }
  message[0] = 0;
  return 0;
}

int hw_relay_take(struct hw_relay *relay, void (*each)(const struct hw_relay_event *, void *), void *context) {
  relay->each = each;
  relay->context = context;
  int count = ring_buffer__consume(relay->events);
  relay->each = NULL;
  return count;
}

int hw_relay_lost(struct hw_relay *relay, uint64_t *count) {
  uint32_t zero = 0;
  return bpf_map_lookup_elem(relay->lost, &zero, count) ? -errno : 0;
}

void hw_relay_detach(struct hw_relay *relay) {
  for (size_t i = PARTS; i-- > 0;) {
    if (relay->links[i]) bpf_link__destroy(relay->links[i]);
    relay->links[i] = NULL;
  }
}

void hw_relay_stop(struct hw_relay *relay) {
  if (!relay) return;
  hw_relay_detach(relay);
  if (relay->events) ring_buffer__free(relay->events);
  if (relay->object) bpf_object__close(relay->object);
  free(relay);
}
