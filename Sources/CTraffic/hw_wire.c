#define _GNU_SOURCE
#include "hw_traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// if_addr.h and if_link.h give the attributes; a message is built in one buffer and sent once.
struct message {
  struct nlmsghdr header;
  char body[512];
};

static void begin(struct message *m, uint16_t type, uint16_t flags, const void *fixed, size_t size) {
  memset(m, 0, sizeof *m);
  m->header.nlmsg_type = type;
  m->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  memcpy(m->body, fixed, size);
  m->header.nlmsg_len = NLMSG_LENGTH(size);
}

static struct rtattr *attribute(struct message *m, uint16_t type, const void *value, size_t size) {
  size_t at = NLMSG_ALIGN(m->header.nlmsg_len);
  struct rtattr *item = (struct rtattr *)((char *)m + at);
  item->rta_type = type;
  item->rta_len = RTA_LENGTH(size);
  if (size) memcpy(RTA_DATA(item), value, size);
  m->header.nlmsg_len = at + RTA_ALIGN(item->rta_len);
  return item;
}

static void finish(struct message *m, struct rtattr *nest) {
  nest->rta_len = (char *)m + m->header.nlmsg_len - (char *)nest;
}

static int ask(int fd, struct message *m) {
  if (send(fd, m, m->header.nlmsg_len, 0) < 0) return -errno;
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    char rest[1024];
  } answer;
  ssize_t length = recv(fd, &answer, sizeof answer, 0);
  if (length < 0) return -errno;
  if ((size_t)length < offsetof(typeof(answer), rest) - sizeof answer.error.msg) return -EBADMSG;
  return answer.header.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EBADMSG;
}

struct end {
  int near, far;       // in: `far` < 0 if the wire is there already
  const char *v4, *v6;
  const char *step;    // out
  int result;
};

// ip link add hw0 mtu 1500 type veth peer name hw0 mtu 1500 netns FAR
static int make_pair(int fd, int far) {
  struct message m;
  struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
  uint32_t mtu = 1500, peer_namespace = far;
  begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
  attribute(&m, IFLA_IFNAME, "hw0", 4);
  attribute(&m, IFLA_MTU, &mtu, sizeof mtu);
  struct rtattr *info = attribute(&m, IFLA_LINKINFO, NULL, 0);
  attribute(&m, IFLA_INFO_KIND, "veth", 4);
  struct rtattr *data = attribute(&m, IFLA_INFO_DATA, NULL, 0);
  struct rtattr *peer = attribute(&m, VETH_INFO_PEER, &link, sizeof link);
  attribute(&m, IFLA_IFNAME, "hw0", 4);
  attribute(&m, IFLA_MTU, &mtu, sizeof mtu);
  attribute(&m, IFLA_NET_NS_FD, &peer_namespace, sizeof peer_namespace);
  finish(&m, peer);
  finish(&m, data);
  finish(&m, info);
  return ask(fd, &m);
}

// ip address add ADDRESS/LENGTH dev hw0 nodad
static int add_address(int fd, int family, const void *address, size_t size, uint8_t prefix) {
  struct message m;
  struct ifaddrmsg fixed = {.ifa_family = family, .ifa_prefixlen = prefix, .ifa_index = if_nametoindex("hw0")};
  uint32_t flags = IFA_F_NODAD;
  begin(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof fixed);
  attribute(&m, IFA_LOCAL, address, size);
  attribute(&m, IFA_ADDRESS, address, size);
  if (family == AF_INET6) attribute(&m, IFA_FLAGS, &flags, sizeof flags);
  return ask(fd, &m);
}

// ip link set hw0 up
static int set_up(int fd) {
  struct message m;
  struct ifinfomsg link = {.ifi_index = if_nametoindex("hw0"), .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  begin(&m, RTM_NEWLINK, 0, &link, sizeof link);
  return ask(fd, &m);
}

static void *lay_end(void *context) {
  struct end *end = context;
  int fd = -1;
  end->step = "enter the namespace";
  if (setns(end->near, CLONE_NEWNET) < 0) goto failed;
  fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  end->step = "open a netlink socket";
  if (fd < 0) goto failed;
  if (end->far >= 0) {
    end->step = "make a veth pair";
    if ((end->result = make_pair(fd, end->far)) < 0) goto out;
  }
  struct in_addr v4;
  struct in6_addr v6;
  inet_pton(AF_INET, end->v4, &v4);
  inet_pton(AF_INET6, end->v6, &v6);
  end->step = "add an IPv4 address";
  if ((end->result = add_address(fd, AF_INET, &v4, sizeof v4, 24)) < 0) goto out;
  end->step = "set the veth up";
  if ((end->result = set_up(fd)) < 0) goto out;
  end->step = "add an IPv6 address";
  if ((end->result = add_address(fd, AF_INET6, &v6, sizeof v6, 64)) < 0) goto out;
  goto out;
failed:
  end->result = -errno;
out:
  if (fd >= 0) close(fd);
  return NULL;
}

static void *await_carrier(void *context) {
  struct end *end = context;
  end->step = "wait for the veth's carrier";
  end->result = -ETIMEDOUT;
  if (setns(end->near, CLONE_NEWNET) < 0) return NULL;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (int i = 0; fd >= 0 && i < 1000 && end->result; i++) {
    struct ifreq request = {.ifr_name = "hw0"};
    if (ioctl(fd, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_RUNNING)
      end->result = 0;
    else
      usleep(1000);
  }
  if (fd >= 0) close(fd);
  return NULL;
}

static int on_thread(void *(*body)(void *), struct end *end, const char **step) {
  pthread_t thread;
  *step = "start a thread";
  int error = pthread_create(&thread, NULL, body, end);
  if (error) return -error;
  pthread_join(thread, NULL);
  *step = end->step;
  return end->result;
}

int hw_lay_wire(int near, int far, const char **step) {
  struct end here = {.near = near, .far = far, .v4 = "198.18.0.1", .v6 = "2001:db8::1"};
  struct end there = {.near = far, .far = -1, .v4 = "198.18.0.2", .v6 = "2001:db8::2"};
  int result = on_thread(lay_end, &here, step);
  if (!result) result = on_thread(lay_end, &there, step);
  if (!result) result = on_thread(await_carrier, &here, step);
  if (!result) result = on_thread(await_carrier, &there, step);
  return result;
}
