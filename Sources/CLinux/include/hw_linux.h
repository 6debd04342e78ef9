// Small calls that Swift cannot make itself: variadic ones, macros, and structures from kernel headers.
// Every function returns -errno on failure unless it says otherwise. No system header is exposed.
#ifndef HW_LINUX_H
#define HW_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Enters the namespace that `fd` refers to; 0 or -errno. Only for threads that end with it.
int hw_setns(int fd, int type);
extern const int HW_CLONE_NEWNET;
extern const int HW_CLONE_NEWCGROUP;

/// Runs `body(context)` on a new thread and waits for its end; 0 or -errno if no thread could be made.
int hw_run_on_thread(void (*body)(void *), void *context);

/// A bound netlink socket of `protocol` (NETLINK_ROUTE 0, SOCK_DIAG 4, NETFILTER 12, GENERIC 16) in the calling thread's
/// network namespace, with extended acknowledgements and strict checking asked for where the kernel has them.
/// `groups` are joined; the receive buffer is set to `receive_bytes` if that is not 0. A descriptor or -errno.
int hw_netlink_open(int protocol, const uint32_t *groups, size_t group_count, int receive_bytes);
/// Sends one message to the kernel; 0 or -errno.
int hw_netlink_send(int fd, const void *bytes, size_t count);
/// Receives one datagram; its length (which may exceed `capacity`: it was cut), or -errno (-EAGAIN: `timeout_ms` passed).
long hw_netlink_receive(int fd, void *bytes, size_t capacity, int timeout_ms);

/// Waits until `fd` is readable: 1, 0 after `timeout_ms` (-1 waits for ever), or -errno.
int hw_wait_readable(int fd, int timeout_ms);
int hw_wait_writable(int fd, int timeout_ms);

/// A connected UNIX stream socket, or -errno; gives up after `timeout_ms`.
int hw_unix_connect(const char *path, int timeout_ms);
/// A connected TCP socket to a numeric address, or -errno; gives up after `timeout_ms`.
int hw_tcp_connect(const char *address, uint16_t port, int timeout_ms);

/// A self-pipe written to by SIGINT, SIGTERM, SIGHUP and SIGWINCH handlers: read one byte (the signal's number) per signal.
/// SIGPIPE is ignored. The reading descriptor or -errno; the second call returns the same one.
int hw_signal_pipe(void);
/// SIGQUIT ends the process at once, without the Swift runtime's back trace; where it is ignored that stays.
void hw_quit_at_once(void);
/// Lets the given signal do what it did before any handler.
void hw_signal_default(int signal);

/// Columns and rows of the terminal at `fd`; false if it is none.
bool hw_terminal_size(int fd, int *columns, int *rows);
/// Puts the terminal at `fd` into raw mode (no echo, no line editing, signals kept); the old mode is kept for
/// `hw_terminal_restore`. 0 or -errno.
int hw_terminal_raw(int fd);
void hw_terminal_restore(int fd);

/// CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME and CLOCK_THREAD_CPUTIME_ID in nanoseconds.
uint64_t hw_monotonic_ns(void);
uint64_t hw_boottime_ns(void);
uint64_t hw_realtime_ns(void);
uint64_t hw_thread_cpu_ns(void);

/// Kernel clock ticks a second, as /proc/PID/stat counts.
long hw_clock_ticks(void);

/// Effective capabilities of this process as a bit set (bit N = capability number N).
uint64_t hw_effective_capabilities(void);

/// Raises the soft limit of open files to the hard one; the limit now in force.
uint64_t hw_raise_open_files(void);

/// A new anonymous network namespace with its loopback up: a descriptor of it, or -errno. For self-tests.
int hw_new_network_namespace(void);

/// Reads the symbolic link `path`: its length, or -errno.
long hw_readlink(const char *path, char *buffer, size_t capacity);
/// Device and inode of what `path` leads to; 0 or -errno.
int hw_file_identity(const char *path, uint64_t *device, uint64_t *inode);
/// Opens for reading with O_CLOEXEC: a descriptor or -errno.
int hw_open_read(const char *path);
/// Reads at most `count` bytes: how many, or -errno.
long hw_read(int fd, void *bytes, size_t count);
/// Writes at most `count` bytes: how many, or -errno.
long hw_write(int fd, const void *bytes, size_t count);
int hw_close(int fd);

/// The errno's text, as strerror gives it, thread-safe; into `buffer`.
void hw_error_text(int error, char *buffer, size_t capacity);

/// Ends the process without running any exit handlers.
_Noreturn void hw_exit(int status);
/// The environment's entry `index`, `NAME=VALUE`, or NULL behind the last one.
const char *hw_environment(long index);
bool hw_is_terminal(int fd);
int hw_process_id(void);
// Whether the pid namespace of this process has process `pid`, also if /proc hides it.
bool hw_process_exists(int pid);
// Whether `group` is this process's group, or one of its further groups.
bool hw_is_member(uint32_t group);

/// Starts `body(context)` on a thread that nobody waits for and that takes no signals (SIGPIPE neither: writing to a
/// closed pipe is -EPIPE there); 0 or -errno.
int hw_thread_detach(void (*body)(void *), void *context);
/// The name of the numeric `address` by getnameinfo(3); 0, or not 0 if it has none.
int hw_host_name(const char *address, char *name, size_t capacity);
#endif
