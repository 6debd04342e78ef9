#define _GNU_SOURCE
#include "hw_capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BLOCK = 512 << 10, PATIENCE_MS = 20, PREFIX = 5 };

struct hw_capture {
  int fd;
  uint8_t *ring;
  uint32_t blocks;
  uint32_t next;
};

static int hw_attach(int fd, const struct sock_filter *program, size_t steps) {
  struct sock_fprog filter = {.len = (unsigned short)steps, .filter = (struct sock_filter *)program};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ? -errno : 0;
}

static int hw_attach_wanted(int fd, const struct hw_filter_step *wanted, size_t steps, uint32_t snap) {
  if (steps > BPF_MAXINSNS - PREFIX - 1) return -EINVAL;
  struct sock_filter *program = calloc(steps + PREFIX + 1, sizeof *program);
  if (!program) return -ENOMEM;
  struct sock_filter prefix[PREFIX] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_HATYPE)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_LOOPBACK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  memcpy(program, prefix, sizeof prefix);
  for (size_t i = 0; i < steps; i++) {
    struct sock_filter *step = &program[PREFIX + i];
    *step = (struct sock_filter){wanted[i].code, wanted[i].jump_true, wanted[i].jump_false, wanted[i].value};
    if (step->code == (BPF_RET | BPF_K) && step->k) step->k = snap;
  }
  size_t count = PREFIX + steps;
  if (!steps) program[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, snap);
  int error = hw_attach(fd, program, count);
  free(program);
  return error;
}

int hw_capture_open(
    const struct hw_filter_step *filter, size_t steps, uint32_t snap, uint32_t interface, uint32_t blocks,
    struct hw_capture **result) {
  struct hw_capture *capture = calloc(1, sizeof *capture);
  if (!capture) return -ENOMEM;
  capture->ring = MAP_FAILED;
  capture->blocks = blocks;
  // Protocol 0 receives nothing until it is bound: no packet passes before the filter is there.
  capture->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  int error = 0;
  if (capture->fd < 0) {
    error = -errno;
    free(capture);
    return error;
  }
  int version = TPACKET_V3;
  struct tpacket_req3 request = {
      .tp_block_size = BLOCK, .tp_block_nr = blocks, .tp_frame_size = 2048, .tp_frame_nr = blocks * (BLOCK / 2048),
      .tp_retire_blk_tov = PATIENCE_MS};
  struct sockaddr_ll place = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)interface};
  if ((error = hw_attach_wanted(capture->fd, filter, steps, snap)) < 0) goto failed;
  if (setsockopt(capture->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0 ||
      setsockopt(capture->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) < 0)
    goto refused;
  capture->ring = mmap(NULL, (size_t)blocks * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, capture->fd, 0);
  if (capture->ring == MAP_FAILED) goto refused;
  if (bind(capture->fd, (struct sockaddr *)&place, sizeof place) < 0) goto refused;
  *result = capture;
  return 0;
refused:
  error = -errno;
failed:
  hw_capture_close(capture);
  return error;
}

int hw_capture_descriptor(const struct hw_capture *capture) { return capture->fd; }

void hw_capture_close(struct hw_capture *capture) {
  if (capture->ring != MAP_FAILED) munmap(capture->ring, (size_t)capture->blocks * BLOCK);
  close(capture->fd);
  free(capture);
}

int hw_capture_stop(struct hw_capture *capture) {
  struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  return hw_attach(capture->fd, &nothing, 1);
}

int hw_capture_patience_ms(void) { return PATIENCE_MS; }

uint64_t hw_capture_take_drops(struct hw_capture *capture) {
  // The kernel sets its counters back to zero.
  struct tpacket_stats_v3 statistics = {0};
  socklen_t size = sizeof statistics;
  if (getsockopt(capture->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) < 0) return 0;
  return statistics.tp_drops;
}

static void hw_capture_frame(
    const uint8_t *frame, size_t room, void (*each)(const struct hw_captured *, const uint8_t *, void *), void *context) {
  const struct tpacket3_hdr *header = (const void *)frame;
  const struct sockaddr_ll *link = (const void *)(frame + TPACKET_ALIGN(sizeof *header));
  if (header->tp_mac > room || header->tp_snaplen > room - header->tp_mac || header->tp_net < header->tp_mac) return;
  struct hw_captured packet = {
      .time = (uint64_t)header->tp_sec * 1000000000u + header->tp_nsec,
      .interface = (uint32_t)link->sll_ifindex,
      .length = header->tp_len,
      .captured = header->tp_snaplen,
      .network = header->tp_net - header->tp_mac,
      .ethertype = ntohs(link->sll_protocol),
      .hardware = link->sll_hatype,
      .kind = link->sll_pkttype,
      .address_length = link->sll_halen > 8 ? 8 : link->sll_halen,
      .tagged = header->tp_status & TP_STATUS_VLAN_VALID,
  };
  memcpy(packet.address, link->sll_addr, sizeof packet.address);
  if (packet.tagged) {
    packet.tag = (uint16_t)header->hv1.tp_vlan_tci;
    packet.tag_protocol = header->tp_status & TP_STATUS_VLAN_TPID_VALID ? header->hv1.tp_vlan_tpid : ETH_P_8021Q;
  }
  each(&packet, frame + header->tp_mac, context);
}

long hw_capture_read(
    struct hw_capture *capture, void (*each)(const struct hw_captured *, const uint8_t *, void *), void *context) {
  long count = 0;
  for (uint32_t turn = 0; turn < capture->blocks; turn++) {
    uint8_t *block = capture->ring + (size_t)capture->next * BLOCK;
    struct tpacket_hdr_v1 *header = &((struct tpacket_block_desc *)block)->hdr.bh1;
    if (!(__atomic_load_n(&header->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) break;
    uint32_t left = header->num_pkts;
    size_t at = header->offset_to_first_pkt;
    while (left-- > 0 && at <= BLOCK - TPACKET3_HDRLEN) {
      hw_capture_frame(block + at, BLOCK - at, each, context);
      count++;
      uint32_t step = ((const struct tpacket3_hdr *)(block + at))->tp_next_offset;
      if (step == 0) break;
      at += step;
    }
    __atomic_store_n(&header->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    capture->next = (capture->next + 1) % capture->blocks;
  }
  return count;
}

int hw_open_new(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0 || errno != EEXIST) return fd < 0 ? -errno : fd;
  struct stat status;
  if (stat(path, &status) < 0) return -errno;
  if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return -EEXIST;
  fd = open(path, O_WRONLY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int hw_free_space(int fd, double *share, uint64_t *bytes) {
  *share = 1;
  *bytes = UINT64_MAX;
  struct stat status;
  if (fstat(fd, &status) < 0) return -errno;
  if (!S_ISREG(status.st_mode)) return 0;
  struct statvfs space;
  if (fstatvfs(fd, &space) < 0) return -errno;
  if (space.f_blocks == 0) return 0;
  *share = (double)space.f_bavail / (double)space.f_blocks;
  *bytes = (uint64_t)space.f_bavail * space.f_frsize;
  return 0;
}

int hw_cut_file(int fd, uint64_t size) { return ftruncate(fd, (off_t)size) < 0 ? -errno : 0; }
