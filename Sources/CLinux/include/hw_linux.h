// Calls that Swift cannot make itself: variadic functions, macros, and structures of kernel headers. Functions return
// -errno on failure unless their comment says otherwise. No system header is exposed.
#ifndef HW_LINUX_H
#define HW_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Moves the calling thread into the namespace that `fd` refers to. Use it only on threads that end afterwards. Returns
/// 0 or -errno.
int hw_setns(int fd, int type);
extern const int HW_CLONE_NEWNET;
extern const int HW_CLONE_NEWCGROUP;

/// Runs `body(context)` on a new thread and waits for its end. Returns 0, or -errno if no thread could be made.
int hw_run_on_thread(void (*body)(void *), void *context);

/// Opens and binds a netlink socket of `protocol` (NETLINK_ROUTE 0, SOCK_DIAG 4, NETFILTER 12, GENERIC 16) in the
/// calling thread's network namespace. It requests extended acknowledgements and strict checking if the kernel has
/// them, and joins `groups`. If `receive_bytes` is not 0, the receive buffer gets that size. Returns a descriptor or
/// -errno.
int hw_netlink_open(int protocol, const uint32_t *groups, size_t group_count, int receive_bytes);
/// Sends one message to the kernel. Returns 0 or -errno.
int hw_netlink_send(int fd, const void *bytes, size_t count);
/// Receives one datagram. Returns its length, or -errno (-EAGAIN after `timeout_ms`). A length above `capacity` means
/// that the datagram was truncated.
long hw_netlink_receive(int fd, void *bytes, size_t capacity, int timeout_ms);

/// Waits until `fd` is readable (writable). Returns 1, 0 after `timeout_ms` (-1 waits for ever), or -errno.
int hw_wait_readable(int fd, int timeout_ms);
int hw_wait_writable(int fd, int timeout_ms);

/// Connects to a UNIX stream socket within `timeout_ms`. Returns a descriptor or -errno.
int hw_unix_connect(const char *path, int timeout_ms);
/// Connects to a numeric address by TCP within `timeout_ms`. Returns a descriptor or -errno.
int hw_tcp_connect(const char *address, uint16_t port, int timeout_ms);

/// Makes a pipe to which the handlers of SIGINT, SIGTERM, SIGHUP and SIGWINCH write one byte per signal: the signal's
/// number. SIGPIPE is ignored from then on. Returns the descriptor to read from, or -errno; later calls return the same
/// descriptor.
int hw_signal_pipe(void);
/// Makes SIGQUIT end the process at once, without the Swift runtime's backtrace. If SIGQUIT is ignored, it stays
/// ignored.
void hw_quit_at_once(void);
/// Restores the default action of a signal (SIG_DFL).
void hw_signal_default(int signal);

/// Stores the columns and rows of the terminal at `fd`. Returns false if it is no terminal.
bool hw_terminal_size(int fd, int *columns, int *rows);
/// Puts the terminal at `fd` into raw mode: no echo and no line editing, but Ctrl-C still sends a signal. It remembers
/// the old mode for `hw_terminal_restore`. Returns 0 or -errno.
int hw_terminal_raw(int fd);
void hw_terminal_restore(int fd);

/// Return CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME and CLOCK_THREAD_CPUTIME_ID in nanoseconds. The first two as the
/// kernel itself counts, whatever this process's time namespace adds to them.
uint64_t hw_monotonic_ns(void);
uint64_t hw_boottime_ns(void);
/// Returns what the time namespace adds to CLOCK_BOOTTIME, and to the start times in /proc.
int64_t hw_boottime_offset_ns(void);
uint64_t hw_realtime_ns(void);
uint64_t hw_thread_cpu_ns(void);

/// Returns the clock ticks per second that /proc/PID/stat uses as its unit.
long hw_clock_ticks(void);

/// Returns this process's effective capabilities as a bit set: bit N for capability number N.
uint64_t hw_effective_capabilities(void);

/// Sets `*inode` to the network namespace that has the tun device of process `pid`'s open `descriptor` (since Linux 5.6, with
/// the right to trace the process and CAP_NET_ADMIN over the namespace). Returns 0 or -errno.
int hw_tun_namespace(int pid, int descriptor, uint64_t *inode);

/// Raises the soft limit of open files to the hard limit, and both to 4096 where the hard limit is lower and may be raised. Returns the limit that is then in force.
uint64_t hw_raise_open_files(void);

/// Makes a network namespace without a name, with its loopback up. Returns a descriptor of it, or -errno. It is for
/// self-tests.
int hw_new_network_namespace(void);

/// Reads the symbolic link `path` into `buffer`. Returns its length, or -errno.
long hw_readlink(const char *path, char *buffer, size_t capacity);
/// Stores the device and inode of the file that `path` leads to. Returns 0 or -errno.
int hw_file_identity(const char *path, uint64_t *device, uint64_t *inode);
/// Opens a file for reading, close-on-exec. Returns a descriptor or -errno.
int hw_open_read(const char *path);
/// Reads at most `count` bytes. Returns how many, or -errno.
long hw_read(int fd, void *bytes, size_t count);
/// Writes at most `count` bytes. Returns how many, or -errno.
long hw_write(int fd, const void *bytes, size_t count);
int hw_close(int fd);

/// Copies the text of an errno, as strerror(3) has it, to `buffer`. It is thread-safe.
void hw_error_text(int error, char *buffer, size_t capacity);

/// Ends the process without running exit handlers.
_Noreturn void hw_exit(int status);
/// Returns entry `index` of the environment, `NAME=VALUE`; NULL after the last one.
const char *hw_environment(long index);
bool hw_is_terminal(int fd);
int hw_process_id(void);
// Whether the pid namespace of this process has process `pid`, also if /proc hides it.
bool hw_process_exists(int pid);
// Whether `group` is this process's group, or one of its further groups.
bool hw_is_member(uint32_t group);

/// Starts `body(context)` on a thread that nobody waits for. It receives no signals, not even SIGPIPE: there a write to
/// a closed pipe returns -EPIPE. Returns 0 or -errno.
int hw_thread_detach(void (*body)(void *), void *context);
/// Looks up the name of the numeric `address` with getnameinfo(3). Returns 0, or another value if it has no name.
int hw_host_name(const char *address, char *name, size_t capacity);
#endif
