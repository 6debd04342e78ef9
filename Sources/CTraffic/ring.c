// Sends and receives by io_uring, some of them in the kernel's worker threads; by bare system calls.
#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STREAM (8u << 20)

struct ring {
  int fd;
  uint32_t *submission_tail, *submission_mask, *submission_array;
  uint32_t *completion_head, *completion_tail, *completion_mask;
  struct io_uring_sqe *entries;
  struct io_uring_cqe *completions;
  uint32_t count;
};

static void set_up(struct session *session, struct ring *ring) {
  struct io_uring_params parameters = {0};
  ring->fd = syscall(SYS_io_uring_setup, 8, &parameters);
  if (ring->fd < 0 && errno == ENOSYS) skip(session, "this kernel has no io_uring");
  if (ring->fd < 0 && errno == EPERM) skip(session, "io_uring is disabled (kernel.io_uring_disabled)");
  if (ring->fd < 0) fail(session, "set up io_uring");
  struct io_sqring_offsets *s = &parameters.sq_off;
  struct io_cqring_offsets *c = &parameters.cq_off;
  size_t s_size = s->array + parameters.sq_entries * sizeof(uint32_t);
  size_t c_size = c->cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
  size_t e_size = parameters.sq_entries * sizeof(struct io_uring_sqe);
  int mode = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_POPULATE;
  char *submissions = mmap(NULL, s_size, mode, flags, ring->fd, IORING_OFF_SQ_RING);
  char *completions = mmap(NULL, c_size, mode, flags, ring->fd, IORING_OFF_CQ_RING);
  ring->entries = mmap(NULL, e_size, mode, flags, ring->fd, IORING_OFF_SQES);
  if (submissions == MAP_FAILED || completions == MAP_FAILED || ring->entries == MAP_FAILED)
    fail(session, "map io_uring's queues");
  ring->submission_tail = (uint32_t *)(submissions + s->tail);
  ring->submission_mask = (uint32_t *)(submissions + s->ring_mask);
  ring->submission_array = (uint32_t *)(submissions + s->array);
  ring->completion_head = (uint32_t *)(completions + c->head);
  ring->completion_tail = (uint32_t *)(completions + c->tail);
  ring->completion_mask = (uint32_t *)(completions + c->ring_mask);
  ring->completions = (struct io_uring_cqe *)(completions + c->cqes);
}

// One request at a time: its result, or -errno. Every second one is forced into a worker thread.
static int ask(struct session *session, struct ring *ring, uint8_t operation, int fd, void *bytes, uint32_t size) {
  uint32_t tail = *ring->submission_tail, index = tail & *ring->submission_mask;
  struct io_uring_sqe *entry = &ring->entries[index];
  memset(entry, 0, sizeof *entry);
  entry->opcode = operation;
  entry->fd = fd;
  entry->addr = (uintptr_t)bytes;
  entry->len = size;
  entry->msg_flags = MSG_NOSIGNAL;
  entry->flags = ring->count++ % 2 ? IOSQE_ASYNC : 0;
  ring->submission_array[index] = index;
  __atomic_store_n(ring->submission_tail, tail + 1, __ATOMIC_RELEASE);
  long entered;
  do entered = syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
  while (entered < 0 && errno == EINTR);
  uint32_t head = *ring->completion_head;
  if (entered < 0 || head == __atomic_load_n(ring->completion_tail, __ATOMIC_ACQUIRE)) fail(session, "enter io_uring");
  int result = ring->completions[head & *ring->completion_mask].res;
  __atomic_store_n(ring->completion_head, head + 1, __ATOMIC_RELEASE);
  return result;
}

static void sender(struct session *session) {
  static char zeroes[65536];
  struct ring ring = {0};
  set_up(session, &ring);
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  ready(session);
  int fd = tcp_dial(session, &to);
  for (uint32_t left = STREAM; left > 0;) {
    int sent = ask(session, &ring, IORING_OP_SEND, fd, zeroes, left < sizeof zeroes ? left : sizeof zeroes);
    errno = -sent;
    if (sent <= 0) fail(session, "send by io_uring");
    left -= sent;
    add_to(&session->report->payload_out, sent);
  }
  tcp_settle(fd);
  done(session);
  tcp_tally(session, fd, false);
}

static void receiver(struct session *session) {
  static char buffer[65536];
  struct ring ring = {0};
  set_up(session, &ring);
  int listener = tcp_listen(session, AF_INET, false);
  ready(session);
  if (!more(&listener, 1)) return;
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) fail(session, "accept");
  for (uint32_t left = STREAM; left > 0;) {
    int length = ask(session, &ring, IORING_OP_RECV, fd, buffer, sizeof buffer);
    errno = -length;
    if (length <= 0) fail(session, "receive by io_uring");
    left -= length;
    add_to(&session->report->payload_in, length);
  }
  more(NULL, 0);
  tcp_tally(session, fd, true);
}

const struct kind ring_kinds[] = {{"io-uring", sender, receiver}, {0}};
