// Decrypts QUIC's first packets. Their key is derived from public values, so it is no secret (RFC 9001, section 5.2;
// RFC 9369, section 3.3). No system header is exposed.
#ifndef HW_QUIC_H
#define HW_QUIC_H

#include <stddef.h>
#include <stdint.h>

/// QUIC's version numbers: 1 (RFC 9000) and 2 (RFC 9369).
extern const uint32_t HW_QUIC_1, HW_QUIC_2;

/// Decrypts a client's Initial packet in place.
///
/// `packet` is the whole packet, as long as its length field says. Its packet number begins at offset `number_at`. `id`
/// is the destination connection id of the connection's first packet.
///
/// Returns the number of bytes of the frames and sets `*frames_at` to their offset. Returns -1 if this is no client's
/// packet with that id, or if it is damaged; the content of `packet` is undefined then.
long hw_quic_open_initial(
    uint32_t version, const uint8_t *id, size_t id_count, uint8_t *packet, size_t count, size_t number_at,
    size_t *frames_at);

#endif
