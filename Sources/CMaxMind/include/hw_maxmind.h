// Reads records of a database in MaxMind's format with libmaxminddb. No header of libmaxminddb is exposed.
#ifndef HW_MAXMIND_H
#define HW_MAXMIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a database knows about an address. Texts are UTF-8; they are truncated if they don't fit, and empty if the
/// database does not have them.
struct hw_place {
  char country_code[8];
  char country[96];
  char city[128];
  /// The number of the autonomous system; 0 if there is none.
  uint32_t network_number;
  char network[192];
};

/// Opens the database at `path`. Returns NULL and fills `problem` if it can't.
void *hw_maxmind_open(const char *path, char *problem, size_t size);

void hw_maxmind_close(void *database);

/// Returns when the database was built, in seconds since 1970.
uint64_t hw_maxmind_built(const void *database);

/// Returns the type that the database states, such as `GeoLite2-City`; NULL if it states none.
const char *hw_maxmind_type(const void *database);

/// Looks up an address of 4 or 16 bytes in network order. Returns 1 and fills those fields of `place` that are still
/// empty; 0 if there is no record; -1 and fills `problem` if the database is damaged.
int hw_maxmind_find(
    const void *database, const uint8_t *address, size_t bytes, struct hw_place *place, char *problem, size_t size);
#endif
