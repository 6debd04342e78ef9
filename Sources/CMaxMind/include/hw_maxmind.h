// Records of a database in MaxMind's format, by libmaxminddb. No header of it is exposed.
#ifndef HW_MAXMIND_H
#define HW_MAXMIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a record says of an address; texts are UTF-8, cut where they don't fit, and empty where there is nothing.
struct hw_place {
  char country_code[8];
  char country[96];
  char city[128];
  /// The number of the autonomous system; 0 if there is none.
  uint32_t network_number;
  char network[192];
};

/// Opens the database at `path`; NULL with `problem` filled if that can't be done.
void *hw_maxmind_open(const char *path, char *problem, size_t size);

void hw_maxmind_close(void *database);

/// When it was built, in seconds since 1970.
uint64_t hw_maxmind_built(const void *database);

/// What kind it says it is: `GeoLite2-City`. NULL if it says nothing.
const char *hw_maxmind_type(const void *database);

/// Finds the 4 or 16 bytes of an address in network order. 1 with `place` filled where it says nothing yet, 0 if there is no
/// record, -1 with `problem` filled if the database is damaged.
int hw_maxmind_find(
    const void *database, const uint8_t *address, size_t bytes, struct hw_place *place, char *problem, size_t size);
#endif
