// What a copy of a firewall needs of the kernel: devices that are file descriptors, sockets in the calling thread's network
// namespace, and nftables' notifications. Functions return -errno on failure. No system header is exposed.
#ifndef HW_FIREWALL_H
#define HW_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// An end of a connection: an address of 4 or 16 bytes (`length`) in network order, and a port.
struct hw_fw_end {
  uint8_t address[16];
  uint32_t length;
  uint16_t port;
};

/// Makes the TUN device `name`. What is written to the descriptor arrives on the device; what leaves by it is read.
int hw_fw_device(const char *name);
/// A socket that listens at `end`, which need not be up yet. `transport` is 6 or 17.
int hw_fw_listen(int transport, const struct hw_fw_end *end, bool v6only);
/// Begins to connect (TCP), or sends `count` bytes (UDP), from `source` to `destination`; returns the socket.
int hw_fw_connect(
    int transport, const struct hw_fw_end *source, const struct hw_fw_end *destination, const void *bytes, size_t count);
/// Whether the TCP connection is there: 1, 0 (not yet), or -errno.
int hw_fw_connected(int fd);
/// Receives a datagram and sends it back with `answer` as its fifth byte. Returns its length; -EAGAIN if there is none.
long hw_fw_echo(int fd, void *bytes, size_t size, uint8_t answer);
long hw_fw_read(int fd, void *bytes, size_t size);
long hw_fw_write(int fd, const void *bytes, size_t size);
/// Waits until one of `count` descriptors is readable; 0 after `milliseconds`.
int hw_fw_wait(const int *fds, size_t count, int milliseconds);
void hw_fw_close(int fd);
/// A socket that receives what nftables tells of packets with `nftrace`.
int hw_fw_trace(void);
/// How many nf_tables tables the namespace has; 0 if the kernel has no nf_tables.
int hw_fw_tables(void);
bool hw_fw_executable(const char *path);
int hw_fw_write_file(const char *path, const char *text);

#endif
