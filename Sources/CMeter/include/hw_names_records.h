// The records that the eBPF filter for names and its reader share.
#ifndef HW_NAMES_RECORDS_H
#define HW_NAMES_RECORDS_H

#include <stdint.h>

/// The filter's constants.
struct hw_names_options_record {
  uint32_t most;  ///< at most so many packets pass in each period ("turn") of 67 ms; the others are counted
  uint32_t reserved;
};

/// Counts of all sockets that have the filter.
struct hw_names_counts {
  uint64_t passed;
  uint64_t refused;  ///< because `most` was reached
  uint64_t turn;     ///< the number of the present period
  uint64_t in_turn;  ///< packets that passed in it
};

/// At most this much of a packet's payload is passed on, and at most this much of a stream is waited for, in bytes.
#define HW_NAMES_PAYLOAD 16384
/// HW_NAMES_PAYLOAD and the longest headers of IPv4 and TCP, or of IPv6 with some extensions, in bytes.
#define HW_NAMES_SNAP (HW_NAMES_PAYLOAD + 256)

#endif
