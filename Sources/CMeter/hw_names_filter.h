// The filter of names for kernels and privileges without eBPF: what program/names.bpf.c passes by itself, without a
// memory. Every request passes, and nothing of what goes on in further segments; no IPv6 extension headers.
#ifndef HW_NAMES_FILTER_H
#define HW_NAMES_FILTER_H

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdint.h>

#include "hw_names_records.h"

// Jumps name the line they lead to.
#define LINE(n, code, k) [n] = BPF_STMT(code, k)
#define CHECK(n, code, k, yes, no) [n] = BPF_JUMP(BPF_JMP | code | BPF_K, k, (yes) - (n)-1, (no) - (n)-1)
#define EXTRA(offset) ((uint32_t)(SKF_AD_OFF + (offset)))
#define WORD(text) ((uint32_t)(text)[0] << 24 | (uint32_t)(text)[1] << 16 | (uint32_t)(text)[2] << 8 | (uint32_t)(text)[3])
enum { V4 = 5, V6 = 12, SIX = 15, UDP = 16, DNS = 24, TCP = 26, STREAM_DNS = 33, STREAM = 37, TLS = 49, PASS = 53, DROP = 54, LINES };

static const struct sock_filter hw_names_classic_lines[LINES] = {
  LINE(0, BPF_LD | BPF_W | BPF_ABS, EXTRA(SKF_AD_PKTTYPE)),
  CHECK(1, BPF_JEQ, PACKET_OTHERHOST, DROP, 2),
  LINE(2, BPF_LD | BPF_H | BPF_ABS, EXTRA(SKF_AD_PROTOCOL)),
  CHECK(3, BPF_JEQ, ETH_P_IP, V4, 4),
  CHECK(4, BPF_JEQ, ETH_P_IPV6, V6, DROP),
  // IPv4: no fragments; X becomes the length of its header.
  LINE(V4, BPF_LD | BPF_H | BPF_ABS, 6),
  CHECK(6, BPF_JSET, 0x3FFF, DROP, 7),
  LINE(7, BPF_LDX | BPF_B | BPF_MSH, 0),
  LINE(8, BPF_LD | BPF_B | BPF_ABS, 9),
  CHECK(9, BPF_JEQ, 6, TCP, 10),
  CHECK(10, BPF_JEQ, 17, UDP, DROP),
  LINE(11, BPF_RET | BPF_K, 0),
  LINE(V6, BPF_LDX | BPF_W | BPF_IMM, 40),
  LINE(13, BPF_LD | BPF_B | BPF_ABS, 6),
  CHECK(14, BPF_JEQ, 6, TCP, SIX),
  CHECK(SIX, BPF_JEQ, 17, UDP, DROP),
  LINE(UDP, BPF_LD | BPF_H | BPF_IND, 0),
  CHECK(17, BPF_JEQ, 53, DNS, 18),
  // An Initial packet of QUIC 1 or 2 (RFC 9000, section 17.2.2; RFC 9369, section 3.2).
  LINE(18, BPF_LD | BPF_W | BPF_IND, 9),
  CHECK(19, BPF_JEQ, 1, 21, 20),
  CHECK(20, BPF_JEQ, 0x6B3343CF, 21, DROP),
  LINE(21, BPF_LD | BPF_B | BPF_IND, 8),
  LINE(22, BPF_ALU | BPF_AND | BPF_K, 0xC0),
  CHECK(23, BPF_JEQ, 0xC0, PASS, DROP),
  LINE(DNS, BPF_LD | BPF_B | BPF_IND, 10),
  CHECK(25, BPF_JSET, 0x80, PASS, DROP),
  // X becomes where the payload begins, M[0] the port.
  LINE(TCP, BPF_LD | BPF_H | BPF_IND, 0),
  LINE(27, BPF_ST, 0),
  LINE(28, BPF_LD | BPF_B | BPF_IND, 12),
  LINE(29, BPF_ALU | BPF_AND | BPF_K, 0xF0),
  LINE(30, BPF_ALU | BPF_RSH | BPF_K, 2),
  LINE(31, BPF_ALU | BPF_ADD | BPF_X, 0),
  LINE(32, BPF_MISC | BPF_TAX, 0),
  LINE(STREAM_DNS, BPF_LD | BPF_W | BPF_MEM, 0),
  CHECK(34, BPF_JEQ, 53, 35, STREAM),
  LINE(35, BPF_LD | BPF_B | BPF_IND, 4),
  CHECK(36, BPF_JSET, 0x80, PASS, DROP),
  // Reading beyond the packet's end drops it.
  LINE(STREAM, BPF_LD | BPF_W | BPF_IND, 0),
  CHECK(38, BPF_JEQ, WORD("GET "), PASS, 39),
  CHECK(39, BPF_JEQ, WORD("POST"), PASS, 40),
  CHECK(40, BPF_JEQ, WORD("HEAD"), PASS, 41),
  CHECK(41, BPF_JEQ, WORD("PUT "), PASS, 42),
  CHECK(42, BPF_JEQ, WORD("DELE"), PASS, 43),
  CHECK(43, BPF_JEQ, WORD("OPTI"), PASS, 44),
  CHECK(44, BPF_JEQ, WORD("PATC"), PASS, 45),
  CHECK(45, BPF_JEQ, WORD("CONN"), PASS, 46),
  CHECK(46, BPF_JEQ, WORD("TRAC"), PASS, 47),
  CHECK(47, BPF_JEQ, WORD("PROP"), PASS, 48),
  LINE(48, BPF_ALU | BPF_AND | BPF_K, 0xFFFF0000),
  // A record of a handshake with a ClientHello.
  CHECK(TLS, BPF_JEQ, 0x16030000, 50, DROP),
  LINE(50, BPF_LD | BPF_B | BPF_IND, 5),
  CHECK(51, BPF_JEQ, 1, PASS, DROP),
  LINE(52, BPF_RET | BPF_K, 0),
  LINE(PASS, BPF_RET | BPF_K, HW_NAMES_SNAP),
  LINE(DROP, BPF_RET | BPF_K, 0),
};

static const struct sock_fprog hw_names_classic = {
  .len = LINES, .filter = (struct sock_filter *)hw_names_classic_lines};
#endif
