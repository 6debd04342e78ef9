// What the eBPF filter of names and its reader agree on.
#ifndef HW_NAMES_RECORDS_H
#define HW_NAMES_RECORDS_H

#include <stdint.h>

/// The program's constants.
struct hw_names_options_record {
  uint32_t most;  ///< packets that pass in a turn of 67 ms; the rest are counted
  uint32_t reserved;
};

/// Of all sockets with the filter.
struct hw_names_counts {
  uint64_t passed;
  uint64_t refused;  ///< because of `most`
  uint64_t turn;     ///< the present one
  uint64_t in_turn;  ///< what has passed in it
};

/// The most of a packet's payload that is handed over, and the most of a stream's that is waited for.
#define HW_NAMES_PAYLOAD 16384
/// The same with the longest headers of IPv4 and TCP, or of IPv6 with some extensions.
#define HW_NAMES_SNAP (HW_NAMES_PAYLOAD + 256)

#endif
