// Parses a YAML 1.1 document into events with libyaml. No header of libyaml is exposed.
#ifndef HW_YAML_H
#define HW_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hw_yaml_kind {
  HW_YAML_SCALAR = 1,
  HW_YAML_LIST,
  HW_YAML_MAPPING,
  /// The end of the list or mapping that began last.
  HW_YAML_END,
  /// An alias: it stands for the value that has the anchor `anchor`.
  HW_YAML_ALIAS,
  /// The beginning of another document.
  HW_YAML_DOCUMENT,
};

/// One event. It is valid only during the call that receives it.
struct hw_yaml_event {
  enum hw_yaml_kind kind;
  /// Whether it is a scalar without quotes. Such a scalar may mean something else than its text: `null`.
  bool is_plain;
  /// The line, from 1.
  uint32_t line;
  /// The scalar's text in UTF-8, `length` bytes.
  const uint8_t *text;
  size_t length;
  /// The anchor's name; NULL if there is none.
  const char *anchor;
};

/// Why the text is not YAML.
struct hw_yaml_problem {
  /// The line, from 1; 0 if it is not known.
  uint32_t line;
  char text[160];
};

/// Calls `event` for every event of `bytes` until it returns false. Returns false and fills `problem` if the text is
/// not YAML.
bool hw_yaml_read(
    const void *bytes, size_t count, bool (*event)(void *context, const struct hw_yaml_event *event), void *context,
    struct hw_yaml_problem *problem);
#endif
