#include "hw_maxmind.h"

#include <maxminddb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void *hw_maxmind_open(const char *path, char *problem, size_t size) {
  MMDB_s *database = calloc(1, sizeof *database);
  if (!database) {
    snprintf(problem, size, "no memory");
    return NULL;
  }
  int status = MMDB_open(path, MMDB_MODE_MMAP, database);
  if (status == MMDB_SUCCESS) return database;
  snprintf(problem, size, "%s", MMDB_strerror(status));
  free(database);
  return NULL;
}

void hw_maxmind_close(void *database) {
  if (!database) return;
  MMDB_close(database);
  free(database);
}

uint64_t hw_maxmind_built(const void *database) { return ((const MMDB_s *)database)->metadata.build_epoch; }

const char *hw_maxmind_type(const void *database) { return ((const MMDB_s *)database)->metadata.database_type; }

/// The text at `path` of a record, if `to` holds none yet.
static void take(MMDB_entry_s *entry, char *to, size_t size, const char *const *path) {
  MMDB_entry_data_s data;
  if (*to || MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data) return;
  if (data.type != MMDB_DATA_TYPE_UTF8_STRING) return;
  size_t length = data.data_size < size - 1 ? data.data_size : size - 1;
  memcpy(to, data.utf8_string, length);
  to[length] = 0;
}

#define TAKE(to, ...) take(entry, to, sizeof to, (const char *const[]){__VA_ARGS__, NULL})

/// MaxMind's and DB-IP's records have maps with names by language; IPinfo's have texts.
static void read_record(MMDB_entry_s *entry, struct hw_place *place) {
  TAKE(place->country_code, "country", "iso_code");
  TAKE(place->country, "country", "names", "en");
  TAKE(place->country_code, "country_code");
  TAKE(place->country_code, "country");
  TAKE(place->country, "country_name");
  TAKE(place->country_code, "registered_country", "iso_code");
  TAKE(place->country, "registered_country", "names", "en");
  TAKE(place->city, "city", "names", "en");
  TAKE(place->city, "city");
  if (!place->network_number) {
    MMDB_entry_data_s data;
    char text[16] = "";
    if (MMDB_get_value(entry, &data, "autonomous_system_number", NULL) == MMDB_SUCCESS && data.has_data &&
        data.type == MMDB_DATA_TYPE_UINT32) {
      place->network_number = data.uint32;
    } else {
      TAKE(text, "asn");
      if (text[0] == 'A' && text[1] == 'S') place->network_number = (uint32_t)strtoul(text + 2, NULL, 10);
    }
    TAKE(place->network, "autonomous_system_organization");
    TAKE(place->network, "as_name");
  }
}

int hw_maxmind_find(
    const void *database, const uint8_t *address, size_t bytes, struct hw_place *place, char *problem, size_t size) {
  int status = MMDB_SUCCESS;
  MMDB_lookup_result_s result;
  if (bytes == 4) {
    struct sockaddr_in four = {.sin_family = AF_INET};
    memcpy(&four.sin_addr, address, 4);
    result = MMDB_lookup_sockaddr(database, (const struct sockaddr *)&four, &status);
  } else {
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    memcpy(&six.sin6_addr, address, 16);
    result = MMDB_lookup_sockaddr(database, (const struct sockaddr *)&six, &status);
  }
  if (status == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR) return 0;
  if (status != MMDB_SUCCESS) {
    snprintf(problem, size, "%s", MMDB_strerror(status));
    return -1;
  }
  if (!result.found_entry) return 0;
  MMDB_entry_data_s first;
  status = MMDB_get_value(&result.entry, &first, NULL);
  if (status != MMDB_SUCCESS) {
    snprintf(problem, size, "%s", MMDB_strerror(status));
    return -1;
  }
  read_record(&result.entry, place);
  return 1;
}
