// Compiles filter expressions with libpcap, which is loaded when it is first needed and not linked.
#ifndef HW_FILTER_H
#define HW_FILTER_H

#include <stddef.h>
#include <stdint.h>

/// The layout of libpcap's `struct bpf_insn` and the kernel's `struct sock_filter`.
struct hw_filter_instruction {
  uint16_t code;
  uint8_t jump_true, jump_false;
  uint32_t value;
};

/// Compiles `expression` (pcap-filter(7)) into at most `room` instructions that read a packet of any link type from its
/// network header on. Returns how many there are. Otherwise it returns -1 if the expression is refused, and -2 if libpcap is
/// missing; `message` then has the reason.
long hw_filter_compile(
    const char *expression, struct hw_filter_instruction *instructions, size_t room, char *message, size_t capacity);
#endif
