#define _GNU_SOURCE
#include "hw_gzip.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hw_codec.h"

// Pieces are small enough to stay in a core's own cache on their way, and few enough to bound memory.
enum { hw_input = 1 << 16, hw_output = 1 << 18, hw_pieces = 4 };

struct hw_expansion {
  int fd;
  size_t head_count, head_given;
  unsigned char *head;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t made, used;
  // Pieces [first, first + count) are full, `place` bytes of the first one were handed out.
  size_t first, count, place, sizes[hw_pieces];
  int result;
  bool ended, cancelled;
  uint64_t taken;
  unsigned char input[hw_input];
  unsigned char output[hw_pieces][hw_output];
};

static long hw_take(struct hw_expansion *work) {
  size_t left = work->head_count - work->head_given;
  if (left > 0) {
    size_t size = left < hw_input ? left : hw_input;
    memcpy(work->input, work->head + work->head_given, size);
    work->head_given += size;
    return (long)size;
  }
  for (;;) {
    ssize_t length = read(work->fd, work->input, hw_input);
    if (length >= 0) return length;
    if (errno != EINTR) return -errno;
  }
}

// The piece to write into next, or NULL if nobody wants more.
static unsigned char *hw_free_piece(struct hw_expansion *work) {
  pthread_mutex_lock(&work->lock);
  while (work->count == hw_pieces && !work->cancelled) pthread_cond_wait(&work->used, &work->lock);
  unsigned char *piece = work->cancelled ? NULL : work->output[(work->first + work->count) % hw_pieces];
  pthread_mutex_unlock(&work->lock);
  return piece;
}

static void hw_hand_over(struct hw_expansion *work, size_t size, uint64_t taken) {
  pthread_mutex_lock(&work->lock);
  work->sizes[(work->first + work->count) % hw_pieces] = size;
  if (size > 0) work->count += 1;
  work->taken += taken;
  pthread_cond_signal(&work->made);
  pthread_mutex_unlock(&work->lock);
}

static int hw_expand(struct hw_expansion *work, struct hw_codec *codec) {
  size_t left = 0, place = 0;
  for (;;) {
    unsigned char *piece = hw_free_piece(work);
    if (!piece) return 0;
    size_t made = 0;
    uint64_t taken = 0;
    int result = 1;
    while (made < hw_output && result == 1) {
      if (left == 0) {
        long length = hw_take(work);
        if (length < 0) { result = (int)length; break; }
        if (length == 0) { result = hw_codec_end(codec); break; }
        taken += (uint64_t)length;
        place = 0;
        left = (size_t)length;
      }
      size_t used = 0;
      long count = hw_codec_some(codec, work->input + place, left, &used, piece + made, hw_output - made);
      place += used;
      left -= used;
      if (count < 0) result = (int)count;
      else made += (size_t)count;
    }
    hw_hand_over(work, made, taken);
    if (result <= 0) return result;
  }
}

static void *hw_expansion_run(void *context) {
  struct hw_expansion *work = context;
  int result = -ENOMEM;
  struct hw_codec *codec = hw_codec_open(work->head, work->head_count, &result);
  if (codec) result = hw_expand(work, codec);
  hw_codec_close(codec);
  pthread_mutex_lock(&work->lock);
  work->result = result;
  work->ended = true;
  pthread_cond_signal(&work->made);
  pthread_mutex_unlock(&work->lock);
  return NULL;
}

struct hw_expansion *hw_expansion_begin(int fd, const void *head, size_t head_count) {
  struct hw_expansion *work = calloc(1, sizeof *work);
  if (!work) return NULL;
  work->fd = fd;
  work->head = malloc(head_count > 0 ? head_count : 1);
  if (!work->head) { free(work); return NULL; }
  if (head_count > 0) memcpy(work->head, head, head_count);
  work->head_count = head_count;
  pthread_mutex_init(&work->lock, NULL);
  pthread_cond_init(&work->made, NULL);
  pthread_cond_init(&work->used, NULL);
  // Signals are for the threads that wait for them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&work->thread, NULL, hw_expansion_run, work);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error == 0) return work;
  free(work->head);
  free(work);
  return NULL;
}

long hw_expansion_read(struct hw_expansion *work, void *bytes, size_t capacity) {
  pthread_mutex_lock(&work->lock);
  while (work->count == 0 && !work->ended) pthread_cond_wait(&work->made, &work->lock);
  if (work->count == 0) {
    int result = work->result;
    pthread_mutex_unlock(&work->lock);
    return result;
  }
  size_t first = work->first, size = work->sizes[first] - work->place;
  pthread_mutex_unlock(&work->lock);
  if (size > capacity) size = capacity;
  memcpy(bytes, work->output[first] + work->place, size);
  pthread_mutex_lock(&work->lock);
  work->place += size;
  if (work->place == work->sizes[first]) {
    work->place = 0;
    work->first = (first + 1) % hw_pieces;
    work->count -= 1;
    pthread_cond_signal(&work->used);
  }
  pthread_mutex_unlock(&work->lock);
  return (long)size;
}

uint64_t hw_expansion_taken(struct hw_expansion *work) {
  pthread_mutex_lock(&work->lock);
  uint64_t taken = work->taken;
  pthread_mutex_unlock(&work->lock);
  return taken;
}

void hw_expansion_end(struct hw_expansion *work) {
  pthread_mutex_lock(&work->lock);
  work->cancelled = true;
  pthread_cond_signal(&work->used);
  pthread_mutex_unlock(&work->lock);
  pthread_join(work->thread, NULL);
  pthread_mutex_destroy(&work->lock);
  pthread_cond_destroy(&work->made);
  pthread_cond_destroy(&work->used);
  free(work->head);
  free(work);
}
