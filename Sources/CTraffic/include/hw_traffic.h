// Known traffic for the self-test: a wire between two namespaces, child processes at its ends, and what they send.
// Every function returns -errno on failure unless it says otherwise. No system header is exposed.
#ifndef HW_TRAFFIC_H
#define HW_TRAFFIC_H

#include <stdint.h>

/// Joins two network namespaces by a veth pair called `hw0` in both: 198.18.0.1 and 2001:db8::1 in `near`, 198.18.0.2
/// and 2001:db8::2 in `far`, MTU 1500, no duplicate address detection. The namespaces are descriptors, the loopbacks
/// are up already. 0 or -errno, then `step` says what failed.
int hw_lay_wire(int near, int far, const char **step);

#define HW_TRAFFIC_OWNERS 64

/// What a child says at each phase.
struct hw_traffic_report {
  uint32_t phase;  ///< HW_TRAFFIC_*
  int32_t error;   ///< errno, for HW_TRAFFIC_FAILED
  char step[64];   ///< what failed, or why it is skipped
  /// Application bytes and messages.
  uint64_t payload_out, payload_in, messages_out, messages_in;
  /// Network-layer bytes of that: from sizes and counts where the kernel adds fixed headers, else from the kernel's own
  /// counters of the socket (tcp_info), which tell of what it sent: `network_in` is 0 for TCP and SCTP.
  uint64_t network_out, network_in;
  /// Segments that TCP sent again.
  uint64_t retransmitted;
  /// The processes that did it, if it was not the child itself.
  uint32_t owner_count;
  int32_t owners[HW_TRAFFIC_OWNERS];
  char owner_name[16];  ///< their name
};
#define HW_TRAFFIC_READY 1
#define HW_TRAFFIC_DONE 2
#define HW_TRAFFIC_REPORT 3
#define HW_TRAFFIC_SKIPPED 4
#define HW_TRAFFIC_FAILED 5

/// Commands to a child, one byte each.
#define HW_TRAFFIC_GO 71    ///< G
#define HW_TRAFFIC_TELL 84  ///< T
#define HW_TRAFFIC_EXIT 88  ///< X

struct hw_traffic_child {
  int pid;
  int channel;  ///< a socket pair's end: writes commands, reads reports
};

/// Starts `arguments[0]` inside the network namespace `near`; it is killed when the calling thread ends. 0 or -errno.
int hw_traffic_spawn(const char *const *arguments, int network_namespace, struct hw_traffic_child *child);
/// Sends one command; 0 or -errno.
int hw_traffic_command(const struct hw_traffic_child *child, char command);
/// Waits for the next report: 1, 0 when `timeout_ms` passed, -EPIPE if the child ended without one, or -errno.
int hw_traffic_await(const struct hw_traffic_child *child, struct hw_traffic_report *report, int timeout_ms);
/// Tells the child to exit, kills it if it doesn't within `timeout_ms`, and reaps it. May be called twice.
void hw_traffic_end(struct hw_traffic_child *child, int timeout_ms);

/// The child's part: does `role` (`tx` or `rx`) of `kind` at `port`, obeying the commands on descriptor 0 and reporting
/// there. Its exit status.
int hw_traffic_run(const char *kind, const char *role, uint16_t port);
#endif
