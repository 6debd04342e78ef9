// The events of a YAML 1.1 document, by libyaml. No header of libyaml is exposed.
#ifndef HW_YAML_H
#define HW_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hw_yaml_kind {
  HW_YAML_SCALAR = 1,
  HW_YAML_LIST,
  HW_YAML_MAPPING,
  /// Ends the list or mapping that began last.
  HW_YAML_END,
  /// Stands for what `anchor` named.
  HW_YAML_ALIAS,
  /// Another document begins.
  HW_YAML_DOCUMENT,
};

/// Valid only within the call that it is given to.
struct hw_yaml_event {
  enum hw_yaml_kind kind;
  /// A scalar without quotes, which may mean something else than its text: `null`.
  bool is_plain;
  /// From 1.
  uint32_t line;
  /// A scalar's UTF-8.
  const uint8_t *text;
  size_t length;
  /// The name that it is given, or NULL.
  const char *anchor;
};

/// What libyaml does not understand.
struct hw_yaml_problem {
  /// From 1; 0 if it is not known.
  uint32_t line;
  char text[160];
};

/// Calls `event` for everything in `bytes`, until it returns false. False, with `problem` filled, if that is not YAML.
bool hw_yaml_read(
    const void *bytes, size_t count, bool (*event)(void *context, const struct hw_yaml_event *event), void *context,
    struct hw_yaml_problem *problem);
#endif
