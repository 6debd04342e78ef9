#define _GNU_SOURCE
#include "hw_linux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netdb.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <linux/capability.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

const int HW_CLONE_NEWNET = CLONE_NEWNET;
const int HW_CLONE_NEWCGROUP = CLONE_NEWCGROUP;

int hw_setns(int fd, int type) { return setns(fd, type) < 0 ? -errno : 0; }

struct hw_thread_call {
  void (*body)(void *);
  void *context;
};

static void *hw_thread_main(void *argument) {
  struct hw_thread_call *call = argument;
  call->body(call->context);
  return NULL;
}

static void *hw_detached_main(void *argument) {
  struct hw_thread_call call = *(struct hw_thread_call *)argument;
  free(argument);
  call.body(call.context);
  return NULL;
}

int hw_run_on_thread(void (*body)(void *), void *context) {
  struct hw_thread_call call = {body, context};
  pthread_t thread;
  int error = pthread_create(&thread, NULL, hw_thread_main, &call);
  if (error) return -error;
  pthread_join(thread, NULL);
  return 0;
}

int hw_netlink_open(int protocol, const uint32_t *groups, size_t group_count, int receive_bytes) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) return -errno;
  int one = 1;
  // Both options are refinements; kernels without them answer as well.
  setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
  setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one);
  if (receive_bytes && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_bytes, sizeof receive_bytes) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) goto failed;
  for (size_t i = 0; i < group_count; i++)
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof groups[i]) < 0) goto failed;
  return fd;
failed:;
  int error = errno;
  close(fd);
  return -error;
}

int hw_netlink_send(int fd, const void *bytes, size_t count) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  for (;;) {
    if (sendto(fd, bytes, count, 0, (struct sockaddr *)&kernel, sizeof kernel) >= 0) return 0;
    if (errno != EINTR) return -errno;
  }
}

long hw_netlink_receive(int fd, void *bytes, size_t capacity, int timeout_ms) {
  for (;;) {
    int ready = hw_wait_readable(fd, timeout_ms);
    if (ready < 0) return ready;
    if (ready == 0) return -EAGAIN;
    struct sockaddr_nl from;
    socklen_t from_size = sizeof from;
    ssize_t length = recvfrom(fd, bytes, capacity, MSG_TRUNC | MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
    if (length < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    // Only the kernel (port 0) is believed: any process may send to our port.
    if (from.nl_pid == 0) return length;
  }
}

static int hw_wait(int fd, short events, int timeout_ms) {
  struct pollfd item = {.fd = fd, .events = events};
  uint64_t end = timeout_ms < 0 ? 0 : hw_monotonic_ns() + (uint64_t)timeout_ms * 1000000;
  for (;;) {
    int ready = poll(&item, 1, timeout_ms);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) return -errno;
    if (timeout_ms >= 0) {
      uint64_t now = hw_monotonic_ns();
      timeout_ms = now >= end ? 0 : (int)((end - now) / 1000000);
    }
  }
}

int hw_wait_readable(int fd, int timeout_ms) { return hw_wait(fd, POLLIN, timeout_ms); }
int hw_wait_writable(int fd, int timeout_ms) { return hw_wait(fd, POLLOUT, timeout_ms); }

static int hw_connect(int family, const struct sockaddr *address, socklen_t size, int timeout_ms) {
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  int error = 0;
  // EAGAIN: a UNIX socket's backlog is full; it never becomes writable by waiting, so it counts as slow.
  if (connect(fd, address, size) < 0) {
    if (errno == EINPROGRESS) {
      int ready = hw_wait(fd, POLLOUT, timeout_ms);
      socklen_t error_size = sizeof error;
      if (ready < 0) error = -ready;
      else if (ready == 0) error = ETIMEDOUT;
      else getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
    } else {
      error = errno == EAGAIN ? ETIMEDOUT : errno;
    }
  }
  if (error) {
    close(fd);
    return -error;
  }
  return fd;
}

int hw_unix_connect(const char *path, int timeout_ms) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
  strcpy(address.sun_path, path);
  return hw_connect(AF_UNIX, (struct sockaddr *)&address, sizeof address, timeout_ms);
}

int hw_tcp_connect(const char *text, uint16_t port, int timeout_ms) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
    return hw_connect(AF_INET, (struct sockaddr *)&v4, sizeof v4, timeout_ms);
  if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
    return hw_connect(AF_INET6, (struct sockaddr *)&v6, sizeof v6, timeout_ms);
  return -EINVAL;
}

static int hw_signal_pipe_ends[2] = {-1, -1};

static void hw_signal_arrived(int signal) {
  int saved = errno;
  unsigned char number = (unsigned char)signal;
  // A full pipe means that signals are waiting already.
  if (write(hw_signal_pipe_ends[1], &number, 1) < 0) {
  }
  errno = saved;
}

int hw_signal_pipe(void) {
  if (hw_signal_pipe_ends[0] >= 0) return hw_signal_pipe_ends[0];
  if (pipe2(hw_signal_pipe_ends, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
  struct sigaction action = {.sa_handler = hw_signal_arrived, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  return hw_signal_pipe_ends[0];
}

void hw_quit_at_once(void) {
  struct sigaction now;
  if (sigaction(SIGQUIT, NULL, &now) == 0 && now.sa_handler != SIG_IGN) signal(SIGQUIT, SIG_DFL);
}

void hw_signal_default(int number) { signal(number, SIG_DFL); }

bool hw_terminal_size(int fd, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0) return false;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return true;
}

static struct termios hw_terminal_before;
static bool hw_terminal_changed;

int hw_terminal_raw(int fd) {
  if (tcgetattr(fd, &hw_terminal_before) < 0) return -errno;
  struct termios raw = hw_terminal_before;
  raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
  raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  // Ctrl-Z would stop us with the terminal taken over.
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  if (tcsetattr(fd, TCSANOW, &raw) < 0) return -errno;
  hw_terminal_changed = true;
  return 0;
}

void hw_terminal_restore(int fd) {
  if (hw_terminal_changed) tcsetattr(fd, TCSANOW, &hw_terminal_before);
  hw_terminal_changed = false;
}

static uint64_t hw_clock(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// By how much clocks differ in this process's time namespace (time_namespaces(7)): [0] CLOCK_MONOTONIC, [1] CLOCK_BOOTTIME.
static int64_t hw_offsets[2];
static pthread_once_t hw_offsets_read = PTHREAD_ONCE_INIT;

static void hw_read_offsets(void) {
  // Kernels before 5.6 have neither the file nor the namespaces.
  FILE *file = fopen("/proc/self/timens_offsets", "re");
  if (!file) return;
  char name[32];
  long long seconds, nanoseconds;
  while (fscanf(file, "%31s %lld %lld", name, &seconds, &nanoseconds) == 3) {
    // Older kernels write the clocks' numbers.
    bool is_boot = strcmp(name, "boottime") == 0 || strcmp(name, "7") == 0;
    hw_offsets[is_boot] = seconds * 1000000000 + nanoseconds;
  }
  fclose(file);
}

static int64_t hw_offset(int clock) {
  pthread_once(&hw_offsets_read, hw_read_offsets);
  return hw_offsets[clock];
}

uint64_t hw_monotonic_ns(void) { return hw_clock(CLOCK_MONOTONIC) - (uint64_t)hw_offset(0); }
uint64_t hw_boottime_ns(void) { return hw_clock(CLOCK_BOOTTIME) - (uint64_t)hw_offset(1); }
int64_t hw_boottime_offset_ns(void) { return hw_offset(1); }
uint64_t hw_realtime_ns(void) { return hw_clock(CLOCK_REALTIME); }
uint64_t hw_thread_cpu_ns(void) { return hw_clock(CLOCK_THREAD_CPUTIME_ID); }
long hw_clock_ticks(void) { return sysconf(_SC_CLK_TCK); }

uint64_t hw_effective_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{0}};
  if (syscall(SYS_capget, &header, data) < 0) return 0;
  return (uint64_t)data[1].effective << 32 | data[0].effective;
}

uint64_t hw_raise_open_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 0;
  // With the right to (CAP_SYS_RESOURCE), also beyond a hard limit that is too low for the eBPF programs and their maps.
  struct rlimit more = {.rlim_cur = 4096, .rlim_max = 4096};
  if (limit.rlim_max >= more.rlim_max || setrlimit(RLIMIT_NOFILE, &more) < 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

int hw_tun_namespace(int pid, int descriptor, uint64_t *inode) {
  int process = (int)syscall(SYS_pidfd_open, pid, 0);
  if (process < 0) return -errno;
  int copy = (int)syscall(SYS_pidfd_getfd, process, descriptor, 0);
  int error = copy < 0 ? -errno : 0;
  close(process);
  if (error) return error;
  // _IO('T', 227), TUNGETDEVNETNS of <linux/if_tun.h>
  int space = ioctl(copy, 0x54e3);
  error = space < 0 ? -errno : 0;
  close(copy);
  if (error) return error;
  struct stat status;
  error = fstat(space, &status) < 0 ? -errno : 0;
  close(space);
  if (!error) *inode = status.st_ino;
  return error;
}

static void hw_make_namespace(void *argument) {
  int *result = argument;
  if (unshare(CLONE_NEWNET) < 0) {
    *result = -errno;
    return;
  }
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  if (fd >= 0) {
    ioctl(fd, SIOCSIFFLAGS, &request);
    close(fd);
  }
  *result = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (*result < 0) *result = -errno;
}

int hw_new_network_namespace(void) {
  int result = -EAGAIN;
  int error = hw_run_on_thread(hw_make_namespace, &result);
  return error < 0 ? error : result;
}

long hw_readlink(const char *path, char *buffer, size_t capacity) {
  ssize_t length = readlink(path, buffer, capacity);
  return length < 0 ? -errno : length;
}

int hw_file_identity(const char *path, uint64_t *device, uint64_t *inode) {
  struct stat status;
  if (stat(path, &status) < 0) return -errno;
  *device = status.st_dev;
  *inode = status.st_ino;
  return 0;
}

int hw_open_read(const char *path) {
  for (;;) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) return fd;
    if (errno != EINTR) return -errno;
  }
}

long hw_read(int fd, void *bytes, size_t count) {
  for (;;) {
    ssize_t length = read(fd, bytes, count);
    if (length >= 0) return length;
    if (errno != EINTR) return -errno;
  }
}

long hw_write(int fd, const void *bytes, size_t count) {
  for (;;) {
    ssize_t length = write(fd, bytes, count);
    if (length >= 0) return length;
    if (errno != EINTR) return -errno;
  }
}

int hw_close(int fd) { return close(fd) < 0 ? -errno : 0; }

void hw_error_text(int error, char *buffer, size_t capacity) {
  char scratch[128];
  const char *text = strerror_r(error, scratch, sizeof scratch);
  strncpy(buffer, text, capacity - 1);
  buffer[capacity - 1] = 0;
}

extern char **environ;

void hw_exit(int status) { _exit(status); }
const char *hw_environment(long index) { return environ[index]; }
bool hw_is_terminal(int fd) { return isatty(fd); }
int hw_process_id(void) { return getpid(); }

bool hw_process_exists(int pid) { return pid > 0 && (kill(pid, 0) == 0 || errno != ESRCH); }

bool hw_is_member(uint32_t group) {
  if (getegid() == group) return true;
  int count = getgroups(0, NULL);
  gid_t *groups = count > 0 ? calloc((size_t)count, sizeof *groups) : NULL;
  if (!groups) return false;
  count = getgroups(count, groups);
  bool is_member = false;
  for (int index = 0; index < count; index++) is_member = is_member || groups[index] == group;
  free(groups);
  return is_member;
}

int hw_thread_detach(void (*body)(void *), void *context) {
  struct hw_thread_call *call = malloc(sizeof *call);
  if (!call) return -ENOMEM;
  *call = (struct hw_thread_call){body, context};
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_t thread;
  int error = pthread_create(&thread, NULL, hw_detached_main, call);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error) {
    free(call);
    return -error;
  }
  pthread_detach(thread);
  return 0;
}

int hw_host_name(const char *text, char *name, size_t capacity) {
  struct sockaddr_in v4 = {.sin_family = AF_INET};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
    return getnameinfo((struct sockaddr *)&v4, sizeof v4, name, (socklen_t)capacity, NULL, 0, NI_NAMEREQD);
  if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
    return getnameinfo((struct sockaddr *)&v6, sizeof v6, name, (socklen_t)capacity, NULL, 0, NI_NAMEREQD);
  return -1;
}
