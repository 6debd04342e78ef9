#include "hw_yaml.h"

#include <stdio.h>
#include <yaml.h>

// Whether the caller is to be told of it.
static bool translate(const yaml_event_t *from, struct hw_yaml_event *to) {
  *to = (struct hw_yaml_event){.line = (uint32_t)from->start_mark.line + 1};
  switch (from->type) {
    case YAML_DOCUMENT_START_EVENT: to->kind = HW_YAML_DOCUMENT; return true;
    case YAML_ALIAS_EVENT:
      to->kind = HW_YAML_ALIAS;
      to->anchor = (const char *)from->data.alias.anchor;
      return true;
    case YAML_SCALAR_EVENT:
      to->kind = HW_YAML_SCALAR;
      to->is_plain = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
      to->text = from->data.scalar.value;
      to->length = from->data.scalar.length;
      to->anchor = (const char *)from->data.scalar.anchor;
      return true;
    case YAML_SEQUENCE_START_EVENT:
      to->kind = HW_YAML_LIST;
      to->anchor = (const char *)from->data.sequence_start.anchor;
      return true;
    case YAML_MAPPING_START_EVENT:
      to->kind = HW_YAML_MAPPING;
      to->anchor = (const char *)from->data.mapping_start.anchor;
      return true;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: to->kind = HW_YAML_END; return true;
    default: return false;
  }
}

static void explain(const yaml_parser_t *parser, struct hw_yaml_problem *problem) {
  // A reader's error has no mark.
  problem->line = parser->error == YAML_READER_ERROR ? 0 : (uint32_t)parser->problem_mark.line + 1;
  snprintf(
      problem->text, sizeof problem->text, "%s%s%s", parser->context ? parser->context : "", parser->context ? ": " : "",
      parser->problem ? parser->problem : "out of memory");
}

bool hw_yaml_read(
    const void *bytes, size_t count, bool (*event)(void *context, const struct hw_yaml_event *event), void *context,
    struct hw_yaml_problem *problem) {
  yaml_parser_t parser;
  *problem = (struct hw_yaml_problem){.line = 0};
  if (!yaml_parser_initialize(&parser)) {
    snprintf(problem->text, sizeof problem->text, "out of memory");
    return false;
  }
  yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser, bytes, count);
  bool is_understood = true, goes_on = true;
  while (goes_on) {
    yaml_event_t found;
    if (!yaml_parser_parse(&parser, &found)) {
      explain(&parser, problem);
      is_understood = false;
      break;
    }
    struct hw_yaml_event told;
    goes_on = found.type != YAML_STREAM_END_EVENT && found.type != YAML_NO_EVENT;
    if (goes_on && translate(&found, &told)) goes_on = event(context, &told);
    yaml_event_delete(&found);
  }
  yaml_parser_delete(&parser);
  return is_understood;
}
