#define _GNU_SOURCE
#include "hw_names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hw_names_filter.h"
#include "hw_parts.h"

enum { BATCH = 16, READY = 16 };

struct hw_names_socket {
  int fd;
  uint64_t tag;
};

struct hw_names {
  struct bpf_object *object;
  int filter, counts, epoll;
  struct hw_names_socket *sockets;
  size_t count, room;
  uint64_t lost;
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  struct sockaddr_ll links[BATCH];
  uint8_t bytes[BATCH][HW_NAMES_SNAP];
};

static int load(struct hw_names *names, const struct hw_image *image) {
  if (!image->bytes) return -ENOTSUP;
  hw_keep_libbpf_quiet();
  names->object = hw_open_object(image);
  if (!names->object) return -errno;
  int error = bpf_object__load(names->object);
  if (error) return error;
  struct bpf_program *program = bpf_object__find_program_by_name(names->object, "pass_names");
  names->filter = program ? bpf_program__fd(program) : -1;
  names->counts = bpf_object__find_map_fd_by_name(names->object, "counts");
  return names->filter < 0 ? -ENOENT : 0;
}

int hw_names_open(const void *object, size_t size, const struct hw_names_options_record *options,
                  struct hw_names **result, int *error) {
  const struct hw_image image = {object, size, options, sizeof *options};
  *result = NULL;
  struct hw_names *names = calloc(1, sizeof *names);
  if (!names) return -ENOMEM;
  names->filter = names->counts = -1;
  names->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (names->epoll < 0) {
    int failed = -errno;
    free(names);
    return failed;
  }
  for (size_t i = 0; i < BATCH; i++) {
    names->parts[i] = (struct iovec){names->bytes[i], sizeof names->bytes[i]};
    names->messages[i].msg_hdr = (struct msghdr){.msg_iov = &names->parts[i], .msg_iovlen = 1, .msg_name = &names->links[i]};
  }
  *error = -load(names, &image);
  if (*error) {
    if (names->object) bpf_object__close(names->object);
    names->object = NULL;
    names->filter = -1;
  }
  *result = names;
  return 0;
}

int hw_names_open_socket(const struct hw_names *names, uint32_t bytes) {
  // Protocol 0 receives nothing until it is bound: no packet passes before the filter is there.
  int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  struct sockaddr_ll everywhere = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  int room = bytes > INT32_MAX ? INT32_MAX : (int)bytes;
  // Past the limit of unprivileged programs, where that is permitted.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  int outcome = names->filter >= 0
                    ? setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &names->filter, sizeof names->filter)
                    : setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &hw_names_classic, sizeof hw_names_classic);
  if (outcome < 0 || bind(fd, (struct sockaddr *)&everywhere, sizeof everywhere) < 0) {
    int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

int hw_names_add(struct hw_names *names, int socket, uint64_t tag) {
  if (names->count == names->room) {
    size_t room = names->room ? 2 * names->room : 16;
    struct hw_names_socket *more = realloc(names->sockets, room * sizeof *more);
    if (!more) return -ENOMEM;
    names->sockets = more;
    names->room = room;
  }
  struct epoll_event event = {.events = EPOLLIN, .data.fd = socket};
  if (epoll_ctl(names->epoll, EPOLL_CTL_ADD, socket, &event) < 0) return -errno;
  names->sockets[names->count++] = (struct hw_names_socket){socket, tag};
  return 0;
}

static void count_lost(struct hw_names *names, int socket) {
  // The kernel sets its counters back to zero.
  struct tpacket_stats statistics = {0};
  socklen_t size = sizeof statistics;
  if (getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0) names->lost += statistics.tp_drops;
}

void hw_names_remove(struct hw_names *names, int socket) {
  for (size_t i = 0; i < names->count; i++) {
    if (names->sockets[i].fd != socket) continue;
    names->sockets[i] = names->sockets[--names->count];
    count_lost(names, socket);
    close(socket);
    return;
  }
}

// The packet's IP header, behind VLAN tags that no driver took out; the filter knows the same.
static size_t ip_offset(const uint8_t *bytes, size_t size, uint16_t protocol) {
  size_t at = 0;
  for (int i = 0; i < 2 && (protocol == ETH_P_8021Q || protocol == ETH_P_8021AD) && size - at >= 4; i++) {
    if (i == 0 && ((bytes[0] >= 0x45 && bytes[0] <= 0x4F) || bytes[0] == 0x60)) break;
    protocol = (uint16_t)(bytes[at + 2] << 8 | bytes[at + 3]);
    at += 4;
  }
  return at;
}

static long receive(struct hw_names *names, const struct hw_names_socket *socket, long most,
                    void (*each)(const uint8_t *, size_t, uint64_t, void *), void *context) {
  for (size_t i = 0; i < BATCH; i++) names->messages[i].msg_hdr.msg_namelen = sizeof names->links[i];
  int count = recvmmsg(socket->fd, names->messages, most < BATCH ? (unsigned)most : BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) {
    size_t size = names->messages[i].msg_len;
    if (size > HW_NAMES_SNAP) size = HW_NAMES_SNAP;
    size_t at = ip_offset(names->bytes[i], size, ntohs(names->links[i].sll_protocol));
    each(names->bytes[i] + at, size - at, socket->tag, context);
  }
  // An interface that went down tells it by an error, once.
  return count < 0 ? 0 : count;
}

int hw_names_descriptor(const struct hw_names *names) { return names->epoll; }

long hw_names_take(struct hw_names *names, int milliseconds, long most,
                   void (*each)(const uint8_t *, size_t, uint64_t, void *), void *context) {
  long taken = 0;
  while (taken < most) {
    struct epoll_event ready[READY];
    int count = epoll_wait(names->epoll, ready, READY, taken ? 0 : milliseconds);
    if (count <= 0) break;
    for (int i = 0; i < count; i++)
      for (size_t j = 0; j < names->count && taken < most; j++)
        if (names->sockets[j].fd == ready[i].data.fd)
          taken += receive(names, &names->sockets[j], most - taken, each, context);
  }
  return taken;
}

uint64_t hw_names_take_lost(struct hw_names *names) {
  for (size_t i = 0; i < names->count; i++) count_lost(names, names->sockets[i].fd);
  uint64_t lost = names->lost;
  names->lost = 0;
  return lost;
}

int hw_names_counts(const struct hw_names *names, struct hw_names_counts *counts) {
  uint32_t zero = 0;
  memset(counts, 0, sizeof *counts);
  if (names->counts < 0) return 0;
  return bpf_map_lookup_elem(names->counts, &zero, counts) ? -errno : 0;
}

static void *close_socket(void *socket) {
  close(((const struct hw_names_socket *)socket)->fd);
  return NULL;
}

// The kernel waits some 10 ms for all processors when a packet socket closes: for many at once where they close together.
static void close_together(struct hw_names_socket *sockets, size_t count) {
  enum { TOGETHER = 64 };
  for (size_t first = 0; first < count; first += TOGETHER) {
    pthread_t threads[TOGETHER];
    bool started[TOGETHER];
    size_t some = count - first < TOGETHER ? count - first : TOGETHER;
    for (size_t i = 0; i < some; i++) {
      started[i] = i + 1 < some && pthread_create(&threads[i], NULL, close_socket, &sockets[first + i]) == 0;
      if (!started[i]) close_socket(&sockets[first + i]);
    }
    for (size_t i = 0; i < some; i++)
      if (started[i]) pthread_join(threads[i], NULL);
  }
}

void hw_names_close(struct hw_names *names) {
  if (!names) return;
  close_together(names->sockets, names->count);
  if (names->object) bpf_object__close(names->object);
  close(names->epoll);
  free(names->sockets);
  free(names);
}
