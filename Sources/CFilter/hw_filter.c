#define _GNU_SOURCE
#include "hw_filter.h"

#include <dlfcn.h>
#include <linux/filter.h>
#include <stdio.h>

// pcap/pcap.h and pcap/bpf.h. Both structures have been the same since libpcap 0.4.
struct bpf_program {
  unsigned int bf_len;
  struct hw_filter_instruction *bf_insns;
};

enum { LINKTYPE_LINUX_SLL2 = 276, COOKED_HEADER = 20, LONGEST = 262144 };

struct hw_libpcap {
  void *(*open_dead)(int, int);
  int (*compile)(void *, struct bpf_program *, const char *, int, uint32_t);
  char *(*error)(void *);
  void (*free_code)(struct bpf_program *);
  void (*close)(void *);
};

static int hw_load(struct hw_libpcap *pcap) {
  void *library = dlopen("libpcap.so.0.8", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libpcap.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) return -1;
  *(void **)&pcap->open_dead = dlsym(library, "pcap_open_dead");
  *(void **)&pcap->compile = dlsym(library, "pcap_compile");
  *(void **)&pcap->error = dlsym(library, "pcap_geterr");
  *(void **)&pcap->free_code = dlsym(library, "pcap_freecode");
  *(void **)&pcap->close = dlsym(library, "pcap_close");
  return pcap->open_dead && pcap->compile && pcap->error && pcap->free_code && pcap->close ? 0 : -1;
}

// The cooked header of `tcpdump -i any` is not in the packet: its fields are asked from the kernel, and what is behind it
// begins at the network header (fix_offset in libpcap's pcap-linux.c).
static int hw_place(struct hw_filter_instruction *step) {
  if (step->value >= COOKED_HEADER) step->value = (uint32_t)SKF_NET_OFF + (step->value - COOKED_HEADER);
  else if (step->value == 0) step->value = (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL);
  else if (step->value == 4) step->value = (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX);
  else if (step->value == 10) step->value = (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE);
  else return -1;
  return 0;
}

static int hw_place_all(struct hw_filter_instruction *steps, size_t count) {
  for (size_t i = 0; i < count; i++) {
    unsigned mode = BPF_MODE(steps[i].code);
    int reads = (BPF_CLASS(steps[i].code) == BPF_LD && (mode == BPF_ABS || mode == BPF_IND)) ||
                (BPF_CLASS(steps[i].code) == BPF_LDX && mode == BPF_MSH);
    // What libpcap already asks from the kernel stays.
    if (reads && (int32_t)steps[i].value >= 0 && hw_place(&steps[i]) < 0) return -1;
  }
  return 0;
}

long hw_filter_compile(
    const char *expression, struct hw_filter_instruction *instructions, size_t room, char *message, size_t capacity) {
  struct hw_libpcap pcap = {0};
  if (hw_load(&pcap) < 0) {
    snprintf(message, capacity, "libpcap is not installed (libpcap.so.0.8)");
    return -2;
  }
  void *handle = pcap.open_dead(LINKTYPE_LINUX_SLL2, LONGEST);
  if (!handle) {
    snprintf(message, capacity, "libpcap has no memory");
    return -2;
  }
  struct bpf_program program = {0};
  long count = -1;
  if (pcap.compile(handle, &program, expression, 1, 0xFFFFFFFF) < 0) {
    snprintf(message, capacity, "%s", pcap.error(handle));
  } else {
    if (program.bf_len > room) {
      snprintf(message, capacity, "it has %u instructions, which is too many", program.bf_len);
    } else if (hw_place_all(program.bf_insns, program.bf_len) < 0) {
      snprintf(message, capacity, "it reads a part of the link header that not all interfaces have");
    } else {
      for (unsigned i = 0; i < program.bf_len; i++) instructions[i] = program.bf_insns[i];
      count = program.bf_len;
    }
    pcap.free_code(&program);
  }
  pcap.close(handle);
  return count;
}
