#include "hw_quic.h"

#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <string.h>

const uint32_t HW_QUIC_1 = 0x00000001, HW_QUIC_2 = 0x6b3343cf;

enum { hash_size = SHA256_DIGEST_SIZE, sample_size = 16, tag_size = GCM_DIGEST_SIZE, longest_number = 4, id_limit = 20 };

/// What differs between the versions: RFC 9001, sections 5.1 and 5.2; RFC 9369, section 3.3.
struct version {
  uint32_t number;
  uint8_t salt[20];
  const char *key, *iv, *hp;
};

static const struct version versions[] = {
    {0x00000001,
     {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     "tls13 quic key", "tls13 quic iv", "tls13 quic hp"},
    {0x6b3343cf,
     {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
      0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
     "tls13 quicv2 key", "tls13 quicv2 iv", "tls13 quicv2 hp"},
};

static void update(void *context, size_t count, const uint8_t *bytes) { hmac_sha256_update(context, count, bytes); }
static void digest(void *context, size_t count, uint8_t *bytes) { hmac_sha256_digest(context, count, bytes); }

/// HKDF-Expand-Label with an empty context (RFC 8446, section 7.1); `label` includes its "tls13 ".
static void expand(const uint8_t secret[hash_size], const char *label, size_t count, uint8_t *result) {
  uint8_t info[64];
  size_t length = strlen(label);
  info[0] = (uint8_t)(count >> 8);
  info[1] = (uint8_t)count;
  info[2] = (uint8_t)length;
  memcpy(info + 3, label, length);
  info[3 + length] = 0;
  struct hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, hash_size, secret);
  hkdf_expand(&context, update, digest, hash_size, 4 + length, info, count, result);
}

long hw_quic_open_initial(
    uint32_t version, const uint8_t *id, size_t id_count, uint8_t *packet, size_t count, size_t number_at,
    size_t *frames_at) {
  const struct version *rules = NULL;
  for (size_t index = 0; index < sizeof versions / sizeof *versions; index++) {
    if (versions[index].number == version) rules = &versions[index];
  }
  // The sample begins where the payload would if the packet number were as long as it can be.
  if (!rules || id_count > id_limit || number_at == 0 || number_at > count
      || count - number_at < longest_number + sample_size) {
    return -1;
  }

  uint8_t initial[hash_size], client[hash_size], key[AES128_KEY_SIZE], iv[GCM_IV_SIZE], hp[AES128_KEY_SIZE];
  struct hmac_sha256_ctx extract;
  hmac_sha256_set_key(&extract, sizeof rules->salt, rules->salt);
  hkdf_extract(&extract, update, digest, hash_size, id_count, id, initial);
  expand(initial, "tls13 client in", sizeof client, client);
  expand(client, rules->key, sizeof key, key);
  expand(client, rules->iv, sizeof iv, iv);
  expand(client, rules->hp, sizeof hp, hp);

  // RFC 9001, section 5.4: header protection.
  struct aes128_ctx aes;
  uint8_t mask[AES_BLOCK_SIZE];
  aes128_set_encrypt_key(&aes, hp);
  aes128_encrypt(&aes, sizeof mask, mask, packet + number_at + longest_number);
  packet[0] ^= mask[0] & 0x0f;
  size_t number_count = (packet[0] & 0x03) + 1u;
  size_t header = number_at + number_count;
  if (count - header < tag_size) return -1;
  // The number of one of the first packets is not cut, so it is what is written.
  for (size_t index = 0; index < number_count; index++) {
    packet[number_at + index] ^= mask[1 + index];
    iv[GCM_IV_SIZE - number_count + index] ^= packet[number_at + index];
  }

  struct gcm_aes128_ctx gcm;
  uint8_t tag[tag_size];
  size_t length = count - header - tag_size;
  gcm_aes128_set_key(&gcm, key);
  gcm_aes128_set_iv(&gcm, sizeof iv, iv);
  gcm_aes128_update(&gcm, header, packet);
  gcm_aes128_decrypt(&gcm, length, packet + header, packet + header);
  gcm_aes128_digest(&gcm, sizeof tag, tag);
  if (memcmp(tag, packet + count - tag_size, tag_size) != 0) return -1;
  *frames_at = header;
  return (long)length;
}
