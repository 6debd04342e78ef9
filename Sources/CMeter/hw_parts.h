// What loading an eBPF object needs: parts that are tried, left out if the kernel refuses them, and attached with links. Functions
// return 0 or more, or -errno.
#ifndef HW_PARTS_H
#define HW_PARTS_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw_meter.h"

enum hw_attachment { TO_CGROUP, TO_TRACEPOINT, TO_FUNCTION, TO_ITERATOR };

struct hw_part {
  const char *name;
  enum hw_attachment how;
  /// Nothing works without it, or without one that stands in for it.
  bool essential;
  /// Of the programs that keep records of sockets: without it the next way of keeping them is tried.
  bool keeps;
  bool passing;  // only wanted with options.passing
  /// The part that it stands in for: it is only tried where that is not there. Comes after it.
  const char *instead_of;
  /// So many arguments the tracepoint has to have; 0: no matter.
  int arguments;
};

/// An ELF file's bytes and the value of the one variable in its section .rodata.constant. The compiler puts its own
/// constants into .rodata.
struct hw_image {
  const void *bytes;
  size_t size;
  const void *constant;
  size_t constant_size;
};

/// What there is to load from, and what of it.
struct hw_choice {
  struct hw_image plain;
  /// The same built with HW_BY_ADDRESS, for older kernels; without bytes if there is none.
  struct hw_image by_address;
  const struct hw_part *parts;
  size_t count;
  const char *without;  // names of parts, separated by commas
  bool passing;
};

void hw_keep_libbpf_quiet(void);
/// Whether `name` is one of `names`, which are separated by commas.
bool hw_is_listed(const char *names, const char *name);
/// NULL and errno on failure.
struct bpf_object *hw_open_object(const struct hw_image *);
/// Loads what the kernel takes. `wanted[i]` says afterwards whether part i is loaded, `report[i]` why not.
int hw_load(const struct hw_choice *, struct bpf_object **, bool *wanted, struct hw_meter_program *report);
/// The first essential part that is neither wanted nor stood in for; NULL if there is none.
const struct hw_part *hw_lacking(const struct hw_part *parts, size_t count, const bool *wanted);
/// `map` is what an iterator walks; below 0 for iterators that walk no map.
int hw_attach(struct bpf_object *, const struct hw_part *, int cgroup, int map, struct bpf_link **);
/// Runs an iterator that writes nothing.
int hw_run_iterator(struct bpf_link *);
#endif
