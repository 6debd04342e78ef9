#define _GNU_SOURCE
#include "hw_firewall.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int hw_fw_device(const char *name) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -errno;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(fd, TUNSETIFF, &request) < 0) {
    int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

static socklen_t address(const struct hw_fw_end *end, struct sockaddr_storage *out) {
  memset(out, 0, sizeof *out);
  if (end->length == 4) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    v4->sin_family = AF_INET;
    v4->sin_port = htons(end->port);
    memcpy(&v4->sin_addr, end->address, 4);
    return sizeof *v4;
  }
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(end->port);
  memcpy(&v6->sin6_addr, end->address, 16);
  return sizeof *v6;
}

static int open_socket(int transport, const struct hw_fw_end *end, bool v6only) {
  int fd = socket(
      end->length == 4 ? AF_INET : AF_INET6, (transport == 6 ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  int on = 1, only = v6only;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  // The copy has the addresses; a socket of the host may use one that it has not (ip_nonlocal_bind, IP_FREEBIND).
  if (end->length == 4) {
    setsockopt(fd, SOL_IP, 15 /* IP_FREEBIND */, &on, sizeof on);
  } else {
    setsockopt(fd, SOL_IPV6, 26 /* IPV6_V6ONLY */, &only, sizeof only);
    setsockopt(fd, SOL_IPV6, 78 /* IPV6_FREEBIND */, &on, sizeof on);
  }
  return fd;
}

static int failed(int fd) {
  int error = errno;
  close(fd);
  return -error;
}

int hw_fw_listen(int transport, const struct hw_fw_end *end, bool v6only) {
  int fd = open_socket(transport, end, v6only);
  if (fd < 0) return fd;
  struct sockaddr_storage local;
  socklen_t length = address(end, &local);
  if (bind(fd, (struct sockaddr *)&local, length) < 0) return failed(fd);
  if (transport == 6 && listen(fd, 65535) < 0) return failed(fd);
  return fd;
}

int hw_fw_connect(
    int transport, const struct hw_fw_end *source, const struct hw_fw_end *destination, const void *bytes, size_t count) {
  int fd = open_socket(transport, source, true);
  if (fd < 0) return fd;
  struct sockaddr_storage local, remote;
  socklen_t length = address(source, &local);
  if (bind(fd, (struct sockaddr *)&local, length) < 0) return failed(fd);
  length = address(destination, &remote);
  if (connect(fd, (struct sockaddr *)&remote, length) < 0 && errno != EINPROGRESS) return failed(fd);
  if (transport != 6 && send(fd, bytes, count, MSG_NOSIGNAL) < 0) return failed(fd);
  return fd;
}

int hw_fw_connected(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
  if (error) return -error;
  struct sockaddr_storage peer;
  length = sizeof peer;
  return getpeername(fd, (struct sockaddr *)&peer, &length) == 0;
}

long hw_fw_echo(int fd, void *bytes, size_t size, uint8_t answer) {
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  long count = recvfrom(fd, bytes, size, MSG_DONTWAIT, (struct sockaddr *)&peer, &length);
  if (count < 0) return -errno;
  if (count > 4) ((uint8_t *)bytes)[4] = answer;
  // An answer that a rule forbids is missing at the other end, which is where it is looked for.
  sendto(fd, bytes, (size_t)count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&peer, length);
  return count;
}

long hw_fw_read(int fd, void *bytes, size_t size) {
  long count;
  do count = read(fd, bytes, size);
  while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : count;
}

long hw_fw_write(int fd, const void *bytes, size_t size) {
  long count;
  do count = write(fd, bytes, size);
  while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : count;
}

int hw_fw_wait(const int *fds, size_t count, int milliseconds) {
  struct pollfd waiting[1024];
  if (count > 1024) count = 1024;
  for (size_t i = 0; i < count; i++) waiting[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
  int ready = poll(waiting, count, milliseconds);
  return ready < 0 ? (errno == EINTR ? 0 : -errno) : ready;
}

void hw_fw_close(int fd) { close(fd); }

int hw_fw_trace(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
  if (fd < 0) return -errno;
  int size = 64 << 20, group = NFNLGRP_NFTRACE;
  // Of the two, the first needs a privilege over the whole machine; the second is limited.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_nl local = {.nl_family = AF_NETLINK};
  if (bind(fd, (struct sockaddr *)&local, sizeof local) < 0) return failed(fd);
  if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0) return failed(fd);
  return fd;
}

int hw_fw_tables(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (fd < 0) return errno == EPROTONOSUPPORT ? 0 : -errno;
  struct {
    struct nlmsghdr header;
    struct nfgenmsg family;
  } request = {
      .header =
          {.nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg)), .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE,
           .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = 1},
      .family = {.nfgen_family = 0, .version = NFNETLINK_V0}};
  // nft list tables
  if (send(fd, &request, request.header.nlmsg_len, 0) < 0) return failed(fd);
  int found = 0;
  char buffer[32768] __attribute__((aligned(8)));
  for (;;) {
    long count = recv(fd, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(fd);
    for (struct nlmsghdr *at = (struct nlmsghdr *)buffer; NLMSG_OK(at, count); at = NLMSG_NEXT(at, count)) {
      if (at->nlmsg_type == NLMSG_ERROR || at->nlmsg_type == NLMSG_DONE) {
        int error = *(int *)NLMSG_DATA(at);
        close(fd);
        // Without nf_tables the subsystem is unknown (EINVAL) or not supported.
        if (error == -EINVAL || error == -EOPNOTSUPP || error == -ENOENT) return 0;
        return error < 0 ? error : found;
      }
      if ((at->nlmsg_type & 0xff) == NFT_MSG_NEWTABLE) found++;
    }
  }
}

bool hw_fw_executable(const char *path) { return access(path, X_OK) == 0; }

int hw_fw_write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  long count = write(fd, text, strlen(text));
  if (count < 0) return failed(fd);
  close(fd);
  return 0;
}
