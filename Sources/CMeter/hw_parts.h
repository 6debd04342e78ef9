// What loading either eBPF object needs: parts that are tried, left out if the kernel refuses them, and attached with
// links. Functions return 0 or more, or -errno.
#ifndef HW_PARTS_H
#define HW_PARTS_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hw_attachment { TO_CGROUP, TO_TRACEPOINT, TO_ITERATOR };

struct hw_part {
  const char *name;
  enum hw_attachment how;
  bool essential;
  bool passing;    // only wanted with options.passing
  bool stands_in;  // only if the length tracepoints are not there
};

/// An ELF file's bytes and the value of the one variable in its section .rodata.constant. The compiler puts its own
/// constants into .rodata.
struct hw_image {
  const void *bytes;
  size_t size;
  const void *constant;
  size_t constant_size;
};

void hw_keep_libbpf_quiet(void);
/// Whether `name` is one of `names`, which are separated by commas.
bool hw_is_listed(const char *names, const char *name);
/// NULL and errno on failure.
struct bpf_object *hw_open_object(const struct hw_image *);
void hw_choose(struct bpf_object *, const struct hw_part *parts, size_t count, const bool *wanted);
/// Whether part `index` loads alone: 0 or -errno.
int hw_try_alone(const struct hw_image *, const struct hw_part *parts, size_t count, size_t index);
/// `map` is what an iterator walks; below 0 for iterators that walk no map.
int hw_attach(struct bpf_object *, const struct hw_part *, int cgroup, int map, struct bpf_link **);
/// Runs an iterator that writes nothing.
int hw_run_iterator(struct bpf_link *);
#endif
