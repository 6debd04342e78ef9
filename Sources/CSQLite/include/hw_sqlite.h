// What the history needs of SQLite. No header of libsqlite3 is exposed.
#ifndef HW_SQLITE_H
#define HW_SQLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What went wrong, as far as a caller acts on it.
enum hw_sqlite_code {
  HW_SQLITE_OK = 0,
  /// Another program holds the file's lock for longer than the patience.
  HW_SQLITE_LOCKED,
  /// It is no database, or its pages contradict each other.
  HW_SQLITE_DAMAGED,
  /// No room on the file system.
  HW_SQLITE_FULL,
  /// It may not be opened or written.
  HW_SQLITE_DENIED,
  /// A limit or a key forbids it.
  HW_SQLITE_CONSTRAINT,
  HW_SQLITE_FAILED,
};

/// Opens the database at `path`. Returns NULL and fills `code` and `problem` if it can't.
///
/// `writes`: for reading and writing, and made if it is not there; otherwise for reading only.
/// `patience_ms`: how long to wait for another program's lock.
void *hw_sqlite_open(
    const char *path, bool writes, int patience_ms, enum hw_sqlite_code *code, char *problem, size_t size);

void hw_sqlite_close(void *database);

/// Runs statements without answers. Returns the code, and fills `problem` on errors.
enum hw_sqlite_code hw_sqlite_run(void *database, const char *statements, char *problem, size_t size);

/// The code and the text of the last error.
enum hw_sqlite_code hw_sqlite_error(void *database, char *problem, size_t size);

/// How many rows the last statement changed.
int64_t hw_sqlite_changes(void *database);

/// Prepares one statement. Returns NULL on errors.
void *hw_sqlite_prepare(void *database, const char *statement);
void hw_sqlite_finalize(void *statement);
/// Makes the statement ready to run again, without values.
void hw_sqlite_reset(void *statement);

/// Returns 1 if there is a row, 0 at the end, -1 on errors.
int hw_sqlite_step(void *statement);

// Values are numbered from 1. Bytes are copied.
void hw_sqlite_bind_number(void *statement, int place, int64_t value);
void hw_sqlite_bind_text(void *statement, int place, const char *text, size_t bytes);
void hw_sqlite_bind_bytes(void *statement, int place, const void *bytes, size_t count);

// Columns are numbered from 0. Bytes are valid until the next step.
int64_t hw_sqlite_number(void *statement, int column);
const void *hw_sqlite_bytes(void *statement, int column, size_t *count);

/// Takes the folder for this process alone; the lock ends with the descriptor.
/// Returns the descriptor; -EWOULDBLOCK if another process has it; -errno otherwise.
int hw_sqlite_take(const char *folder);
void hw_sqlite_give(int descriptor);
#endif
