// Makes known traffic for the self-test: connects two namespaces, starts child processes at both ends, and sends.
// Functions return -errno on failure unless their comment says otherwise. No system header is exposed.
#ifndef HW_TRAFFIC_H
#define HW_TRAFFIC_H

#include <stdint.h>

/// Connects two network namespaces by a veth pair called `hw0` in both: 198.18.0.1 and 2001:db8::1 in `near`,
/// 198.18.0.2 and 2001:db8::2 in `far`, MTU 1500, without duplicate address detection. `near` and `far` are descriptors
/// of namespaces whose loopback is up. Returns 0, or -errno and sets `*step` to what failed.
int hw_lay_wire(int near, int far, const char **step);

#define HW_TRAFFIC_OWNERS 64

/// A child's report at each phase.
struct hw_traffic_report {
  uint32_t phase;  ///< HW_TRAFFIC_*
  int32_t error;   ///< errno, for HW_TRAFFIC_FAILED
  char step[64];   ///< what failed, or why it is skipped
  /// Bytes and messages of the application.
  uint64_t payload_out, payload_in, messages_out, messages_in;
  /// Network-layer bytes of these messages. If the kernel adds headers of fixed size, they are computed from sizes and
  /// counts; otherwise they come from the kernel's counters of the socket (tcp_info), which count only what it sent:
  /// `network_in` is 0 for TCP and SCTP.
  uint64_t network_out, network_in;
  /// The number of segments that TCP retransmitted.
  uint64_t retransmitted;
  /// The processes that sent or received, if it was not the child itself.
  uint32_t owner_count;
  int32_t owners[HW_TRAFFIC_OWNERS];
  char owner_name[16];  ///< their name
};
#define HW_TRAFFIC_READY 1
#define HW_TRAFFIC_DONE 2
#define HW_TRAFFIC_REPORT 3
#define HW_TRAFFIC_SKIPPED 4
#define HW_TRAFFIC_FAILED 5

/// The commands to a child, one byte each.
#define HW_TRAFFIC_GO 71    ///< G
#define HW_TRAFFIC_TELL 84  ///< T
#define HW_TRAFFIC_EXIT 88  ///< X

struct hw_traffic_child {
  int pid;
  int channel;  ///< the caller's end of a socket pair: write commands, read reports
};

/// Starts `arguments[0]` inside the namespace with the descriptor `network_namespace`. The child is killed when the
/// calling thread ends. Returns 0 or -errno.
int hw_traffic_spawn(const char *const *arguments, int network_namespace, struct hw_traffic_child *child);
/// Sends one command. Returns 0 or -errno.
int hw_traffic_command(const struct hw_traffic_child *child, char command);
/// Waits for the next report. Returns 1; 0 after `timeout_ms`; -EPIPE if the child ended without a report; or another
/// -errno.
int hw_traffic_await(const struct hw_traffic_child *child, struct hw_traffic_report *report, int timeout_ms);
/// Tells the child to exit, kills it if it has not ended after `timeout_ms`, and reaps it. It may be called twice.
void hw_traffic_end(struct hw_traffic_child *child, int timeout_ms);

/// Runs as the child: it plays `role` (`tx` or `rx`) of the traffic `kind` at `port`, and reads commands from and
/// writes reports to descriptor 0. Returns the exit status.
int hw_traffic_run(const char *kind, const char *role, uint16_t port);
#endif
