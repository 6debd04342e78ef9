#define _GNU_SOURCE
#include "hw_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

static enum hw_sqlite_code code_of(int status) {
  switch (status & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return HW_SQLITE_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return HW_SQLITE_LOCKED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return HW_SQLITE_DAMAGED;
    case SQLITE_FULL: return HW_SQLITE_FULL;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH: return HW_SQLITE_DENIED;
    case SQLITE_CONSTRAINT: return HW_SQLITE_CONSTRAINT;
    default: return HW_SQLITE_FAILED;
  }
}

void *hw_sqlite_open(
    const char *path, bool writes, int patience_ms, enum hw_sqlite_code *code, char *problem, size_t size) {
  sqlite3 *database = NULL;
  int flags = (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
  int status = sqlite3_open_v2(path, &database, flags, NULL);
  *code = code_of(status);
  if (status == SQLITE_OK) {
    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, patience_ms);
    return database;
  }
  snprintf(problem, size, "%s", database ? sqlite3_errmsg(database) : "no memory");
  sqlite3_close_v2(database);
  return NULL;
}

void hw_sqlite_close(void *database) { sqlite3_close_v2(database); }

enum hw_sqlite_code hw_sqlite_error(void *database, char *problem, size_t size) {
  snprintf(problem, size, "%s", sqlite3_errmsg(database));
  return code_of(sqlite3_errcode(database));
}

enum hw_sqlite_code hw_sqlite_run(void *database, const char *statements, char *problem, size_t size) {
  if (sqlite3_exec(database, statements, NULL, NULL, NULL) == SQLITE_OK) return HW_SQLITE_OK;
  return hw_sqlite_error(database, problem, size);
}

int64_t hw_sqlite_changes(void *database) { return sqlite3_changes(database); }

void *hw_sqlite_prepare(void *database, const char *statement) {
  sqlite3_stmt *prepared = NULL;
  return sqlite3_prepare_v2(database, statement, -1, &prepared, NULL) == SQLITE_OK ? prepared : NULL;
}

void hw_sqlite_finalize(void *statement) { sqlite3_finalize(statement); }

void hw_sqlite_reset(void *statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

int hw_sqlite_step(void *statement) {
  int status = sqlite3_step(statement);
  return status == SQLITE_ROW ? 1 : status == SQLITE_DONE ? 0 : -1;
}

void hw_sqlite_bind_number(void *statement, int place, int64_t value) { sqlite3_bind_int64(statement, place, value); }

void hw_sqlite_bind_text(void *statement, int place, const char *text, size_t bytes) {
  sqlite3_bind_text64(statement, place, text, bytes, SQLITE_TRANSIENT, SQLITE_UTF8);
}

void hw_sqlite_bind_bytes(void *statement, int place, const void *bytes, size_t count) {
  sqlite3_bind_blob64(statement, place, count ? bytes : "", count, SQLITE_TRANSIENT);
}

int64_t hw_sqlite_number(void *statement, int column) { return sqlite3_column_int64(statement, column); }

const void *hw_sqlite_bytes(void *statement, int column, size_t *count) {
  const void *bytes = sqlite3_column_blob(statement, column);
  *count = (size_t)sqlite3_column_bytes(statement, column);
  return bytes;
}

int hw_sqlite_take(const char *folder) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

void hw_sqlite_give(int descriptor) { close(descriptor); }
