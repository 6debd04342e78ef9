// The protection of QUIC's first packets, whose key anybody can derive (RFC 9001, section 5.2; RFC 9369, section 3.3).
// Nothing secret is handled. No system header is exposed.
#ifndef HW_QUIC_H
#define HW_QUIC_H

#include <stddef.h>
#include <stdint.h>

/// QUIC's version numbers: 1 (RFC 9000) and 2 (RFC 9369).
extern const uint32_t HW_QUIC_1, HW_QUIC_2;

/// Takes the protection off a client's Initial packet, in place. `packet` is the whole packet, as long as its length field
/// says; its packet number is at `number_at`; `id` is the destination connection id of the connection's first packet.
/// How many bytes of frames there are, with their place in `frames_at`; -1 if it is not a client's packet with that id,
/// or is spoiled: then `packet` is spoiled as well.
long hw_quic_open_initial(
    uint32_t version, const uint8_t *id, size_t id_count, uint8_t *packet, size_t count, size_t number_at,
    size_t *frames_at);

#endif
