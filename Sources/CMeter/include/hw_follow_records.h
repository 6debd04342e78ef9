// The records that the eBPF program for following and its reader share, in the byte order of hw_meter_records.h.
#ifndef HW_FOLLOW_RECORDS_H
#define HW_FOLLOW_RECORDS_H

#include "hw_meter_records.h"

/// Which events to report. These are the program's constants.
struct hw_follow_filter {
  uint32_t reader_pid_namespace;  ///< inode number
  uint32_t by_process;            ///< only processes in the map `followed`
  uint32_t by_namespace;          ///< only sockets of namespaces in the map `namespaces`
  uint16_t port;                  ///< local or remote; 0: any
  uint16_t reserved;
};

/// One event at a socket.
struct hw_follow_event {
  uint64_t boottime_ns;
  uint64_t cookie;
  struct hw_actor task;  ///< the caller, or the last user of the socket; root_tgid 0: unknown
  struct hw_tuple tuple;
  uint64_t payload_in, payload_out;  ///< bytes so far
  uint32_t thread;                   ///< in the reader's pid namespace; 0: an event of the kernel without a call
  uint32_t network_namespace;
  int32_t length;  ///< bytes, for HW_FOLLOW_SEND and HW_FOLLOW_RECEIVE
  int32_t error;   ///< errno; 0: none
  uint16_t family;
  uint8_t kind;        ///< HW_FOLLOW_*
  uint8_t from, to;    ///< for HW_FOLLOW_STATE: TCP_* of the kernel's tcp_states.h
  uint8_t has_remote;
  uint8_t reserved[2];
};
#define HW_FOLLOW_CREATE 1
#define HW_FOLLOW_BIND 2
#define HW_FOLLOW_CONNECT 3
#define HW_FOLLOW_ACCEPT 4
#define HW_FOLLOW_SEND 5
#define HW_FOLLOW_RECEIVE 6
#define HW_FOLLOW_ERROR 7
#define HW_FOLLOW_CLOSE 8
#define HW_FOLLOW_SHUTDOWN 9
#define HW_FOLLOW_STATE 10

#endif
