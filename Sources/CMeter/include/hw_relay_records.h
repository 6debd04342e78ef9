// The records that the eBPF program for relays and its reader share, in the byte order of hw_meter_records.h.
#ifndef HW_RELAY_RECORDS_H
#define HW_RELAY_RECORDS_H

#include "hw_meter_records.h"

/// The program's constants.
struct hw_relay_options_record {
  uint32_t reader_pid_namespace;  ///< inode number
  uint32_t reserved;
};

/// A port on which a process listens, in a network namespace.
struct hw_relay_port {
  uint32_t network_namespace;
  uint32_t port;
};

/// One action of a process that has connections in both directions. Process and thread numbers are those of the initial
/// pid namespace.
struct hw_relay_event {
  uint64_t boottime_ns;
  uint64_t cookie;   ///< the socket; 0 for HW_RELAY_OTHER and HW_RELAY_PROCESS
  uint64_t address;  ///< of HW_RELAY_SEND and HW_RELAY_RECEIVE: the first byte of the caller's buffer; 0: unknown
  uint32_t process;
  uint32_t thread;   ///< 0: an action of the kernel without a call
  int32_t length;    ///< of HW_RELAY_SEND and HW_RELAY_RECEIVE: bytes; below 0: there was nothing to receive yet
  uint32_t lost;     ///< records of this process that were lost so far because the buffer was full
  uint8_t kind;      ///< HW_RELAY_*
  uint8_t outbound;  ///< 1: the process connected, 0: it accepted
  uint8_t reserved[6];
};
#define HW_RELAY_CONNECT 1
#define HW_RELAY_SEND 2
#define HW_RELAY_RECEIVE 3
#define HW_RELAY_CLOSE 4     ///< the socket is gone
#define HW_RELAY_OTHER 5     ///< received something on a socket that is not TCP
#define HW_RELAY_SOCKET 6    ///< hw_relay_socket: before the first event of a socket that has its addresses
#define HW_RELAY_PROCESS 7   ///< hw_relay_process: before the first event of a process

struct hw_relay_socket {
  struct hw_relay_event event;
  struct hw_tuple tuple;
  uint32_t network_namespace;
};

struct hw_relay_process {
  struct hw_relay_event event;
  uint64_t start_boottime_ns;
  uint32_t tgid;  ///< in the reader's pid namespace; 0 if not visible there
  char comm[16];
  uint32_t reserved;
};

#endif
