#define _GNU_SOURCE
#include "hw_parts.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

// ---- what libbpf and the verifier say -----------------------------------------------------------------------------

// Where this thread keeps the end of what is said while a part is tried; elsewhere nobody listens.
static _Thread_local char *heard;
static _Thread_local size_t heard_room;

// Keeps the last lines that say something, each after a slash.
static void keep_last_lines(char *text) {
  const char *wanted[3];
  size_t count = 0;
  for (char *end = text + strlen(text); end > text && count < 3;) {
    while (end > text && (end[-1] == '\n' || end[-1] == ' ')) *--end = 0;
    char *line = end, *start;
    while (line > text && line[-1] != '\n') line--;
    start = line;
    bool is_frame = !*line || strstr(line, "PROG LOAD LOG") || !strncmp(line, "processed ", 10) ||
                    !strncmp(line, "verification time", 17) || !strncmp(line, "stack depth", 11) || strstr(line, "failed to load");
    if (!strncmp(line, "libbpf: ", 8)) line += 8;
    if (!is_frame) wanted[count++] = line;
    end = start;
  }
  heard[0] = 0;
  size_t length = 0;
  while (count-- > 0 && length < heard_room) {
    int added = snprintf(heard + length, heard_room - length, "%s%s", length ? " / " : "", wanted[count]);
    if (added > 0) length += (size_t)added;
  }
}

static int hear(enum libbpf_print_level level, const char *format, va_list arguments) {
  char *text = NULL;
  if (level > LIBBPF_WARN || !heard || vasprintf(&text, format, arguments) < 0) return 0;
  // The log is worth more than the sentences around it.
  bool is_log = strstr(text, "BEGIN PROG LOAD LOG") != NULL;
  if (is_log || !heard[0]) keep_last_lines(text);
  free(text);
  return 0;
}

void hw_keep_libbpf_quiet(void) { libbpf_set_print(hear); }

// ---- objects ------------------------------------------------------------------------------------------------------

bool hw_is_listed(const char *names, const char *name) {
  if (!names) return false;
  size_t length = strlen(name);
  for (const char *at = names; (at = strstr(at, name)); at += length)
    if ((at == names || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return true;
  return false;
}

struct bpf_object *hw_open_object(const struct hw_image *image) {
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "headwater");
  struct bpf_object *object = bpf_object__open_mem(image->bytes, image->size, &options);
  if (!object) return NULL;
  // A filter that does not reach the program would let everything through: that is an error.
  int error = -EINVAL;
  struct bpf_map *map;
  bpf_object__for_each_map(map, object) {
    const char *dot = strrchr(bpf_map__name(map), '.');
    if (!dot || strcmp(dot, ".constant")) continue;
    error = bpf_map__set_initial_value(map, image->constant, image->constant_size);
  }
  if (error) {
    bpf_object__close(object);
    errno = -error;
    return NULL;
  }
  return object;
}

static void choose(struct bpf_object *object, const struct hw_choice *choice, const bool *wanted) {
  struct bpf_program *each;
  bpf_object__for_each_program(each, object) bpf_program__set_autoload(each, false);
  for (size_t i = 0; i < choice->count; i++) {
    struct bpf_program *program = bpf_object__find_program_by_name(object, choice->parts[i].name);
    if (program) bpf_program__set_autoload(program, wanted[i]);
  }
}

static int load(const struct hw_image *image, const struct hw_choice *choice, const bool *wanted, struct bpf_object **object) {
  *object = hw_open_object(image);
  if (!*object) return -errno;
  choose(*object, choice, wanted);
  int error = bpf_object__load(*object);
  if (error == 0) return 0;
  bpf_object__close(*object);
  *object = NULL;
  return error;
}

// ---- choosing -----------------------------------------------------------------------------------------------------

static size_t index_of(const struct hw_choice *choice, const char *name) {
  size_t i = 0;
  while (i < choice->count && strcmp(choice->parts[i].name, name)) i++;
  return i;
}

// Whether part `index` is to be tried, given those before it.
static bool is_due(const struct hw_choice *choice, size_t index, const bool *wanted, const bool *there) {
  const struct hw_part *part = &choice->parts[index];
  if (!there[index] || hw_is_listed(choice->without, part->name) || (part->passing && !choice->passing)) return false;
  if (!part->instead_of) return true;
  // Nor where what it stands in for is not needed itself.
  for (const char *other = part->instead_of; other;) {
    size_t at = index_of(choice, other);
    if (at == choice->count || wanted[at]) return false;
    other = choice->parts[at].instead_of;
  }
  return true;
}

static void refuse(struct hw_meter_program *report, int error, const char *why) {
  report->error = error;
  snprintf(report->log, sizeof report->log, "%s", why);
}

// Whether the kernel has what the part attaches to, by its BTF.
static bool has_target(const struct btf *kernel, struct bpf_object *object, const struct hw_part *part,
                       struct hw_meter_program *report) {
  struct bpf_program *program = bpf_object__find_program_by_name(object, part->name);
  const char *section = program ? bpf_program__section_name(program) : "";
  const char *target = strchr(section, '/');
  if (!target || !kernel || (part->how != TO_TRACEPOINT && part->how != TO_FUNCTION)) return true;
  target++;
  char text[128];
  if (part->how == TO_FUNCTION) {
    if (btf__find_by_name_kind(kernel, target, BTF_KIND_FUNC) > 0) return true;
    snprintf(text, sizeof text, "this kernel has no function %s", target);
    refuse(report, ENOENT, text);
    return false;
  }
  char name[96];
  snprintf(name, sizeof name, "btf_trace_%s", target);
  int id = btf__find_by_name_kind(kernel, name, BTF_KIND_TYPEDEF);
  if (id <= 0) {
    snprintf(text, sizeof text, "this kernel has no tracepoint %s", target);
    refuse(report, ENOENT, text);
    return false;
  }
  const struct btf_type *type = btf__type_by_id(kernel, (__u32)id);
  type = btf__type_by_id(kernel, type->type);
  if (type && btf_is_ptr(type)) type = btf__type_by_id(kernel, type->type);
  // One more than it tells: its own data.
  if (!type || !btf_is_func_proto(type) || btf_vlen(type) > (unsigned)part->arguments) return true;
  snprintf(text, sizeof text, "this kernel's tracepoint %s has fewer than %d arguments", target, part->arguments);
  refuse(report, ENOENT, text);
  return false;
}

// Loads part `index` alone; a function's part is attached as well, which some kernels refuse later.
static int try_alone(const struct hw_image *image, const struct hw_choice *choice, size_t index, struct hw_meter_program *report) {
  bool wanted[choice->count];
  memset(wanted, 0, sizeof wanted);
  wanted[index] = true;
  report->log[0] = 0;
  heard = report->log;
  heard_room = sizeof report->log;
  struct bpf_object *object;
  int error = load(image, choice, wanted, &object);
  heard = NULL;
  if (object && choice->parts[index].how == TO_FUNCTION) {
    struct bpf_link *link = NULL;
    error = hw_attach(object, &choice->parts[index], -1, -1, &link);
    if (link) bpf_link__destroy(link);
  }
  if (object) bpf_object__close(object);
  report->error = -error;
  if (!error) report->log[0] = 0;
  return error;
}

static void begin_report(const struct hw_choice *choice, struct hw_meter_program *report) {
  for (size_t i = 0; i < choice->count; i++) {
    memset(&report[i], 0, sizeof report[i]);
    snprintf(report[i].name, sizeof report[i].name, "%s", choice->parts[i].name);
  }
}

// From one image: whole, then without what the kernel cannot have, then without what it refuses when it is tried alone.
static int load_from(const struct hw_image *image, const struct hw_choice *choice, struct bpf_object **object, bool *wanted,
                     struct hw_meter_program *report) {
  size_t count = choice->count;
  bool there[count];
  begin_report(choice, report);
  struct bpf_object *opened = hw_open_object(image);
  if (!opened) return -errno;
  for (size_t i = 0; i < count; i++) there[i] = bpf_object__find_program_by_name(opened, choice->parts[i].name);
  for (size_t i = 0; i < count; i++) wanted[i] = is_due(choice, i, wanted, there);
  bool stands_in = false;
  for (size_t i = 0; i < count; i++) stands_in |= wanted[i] && choice->parts[i].how == TO_FUNCTION;
  // Parts of functions are tried first: that they load says little.
  int error = stands_in ? -EAGAIN : load(image, choice, wanted, object);
  if (error == 0) {
    bpf_object__close(opened);
    return 0;
  }

  struct btf *kernel = btf__load_vmlinux_btf();
  int functions = 0;  // how the first of them fared: the kernel takes all or none
  bool tried = false;
  const char *function_log = "";
  for (size_t i = 0; i < count; i++) {
    wanted[i] = is_due(choice, i, wanted, there) && has_target(kernel, opened, &choice->parts[i], &report[i]);
    if (!wanted[i] || choice->parts[i].how != TO_FUNCTION) continue;
    if (!tried) {
      functions = try_alone(image, choice, i, &report[i]);
      function_log = report[i].log;
    } else if (functions) {
      refuse(&report[i], -functions, function_log);
    }
    tried = true;
    wanted[i] = functions == 0;
  }
  btf__free(kernel);
  bpf_object__close(opened);
  error = load(image, choice, wanted, object);
  if (error == 0) return 0;

  for (size_t i = 0; i < count; i++)
    if (!report[i].error) wanted[i] = is_due(choice, i, wanted, there) && try_alone(image, choice, i, &report[i]) == 0;
  return load(image, choice, wanted, object);
}

static bool keeps_all(const struct hw_choice *choice, const bool *wanted, const struct hw_meter_program *report) {
  for (size_t i = 0; i < choice->count; i++)
    if (choice->parts[i].keeps && !wanted[i] && report[i].error) return false;
  return true;
}

// Before Linux 5.13 programs of cgroups that see sockets being made may not use the sockets' storage. What is only tried second
// costs half a second there, so the likelier comes first.
static bool is_old(void) {
  struct utsname name;
  int major = 0, minor = 0;
  return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 && (major < 5 || (major == 5 && minor < 13));
}

static bool is_stood_in(const struct hw_part *parts, size_t count, const bool *wanted, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (wanted[i] && parts[i].instead_of && !strcmp(parts[i].instead_of, name)) return true;
  return false;
}

// What another one stands in for is no loss, and what could not stand in either is told by what it was to stand in for.
static void forgive(const struct hw_choice *choice, const bool *wanted, struct hw_meter_program *report) {
  for (size_t i = choice->count; i-- > 0;) {
    const char *other = choice->parts[i].instead_of;
    bool is_told = other && !is_stood_in(choice->parts, choice->count, wanted, other);
    if (is_told || is_stood_in(choice->parts, choice->count, wanted, choice->parts[i].name)) report[i].error = 0;
  }
}

static int load_any(const struct hw_choice *choice, struct bpf_object **object, bool *wanted, struct hw_meter_program *report) {
  const struct hw_image *first = &choice->plain, *second = &choice->by_address;
  if (is_old() && second->bytes) first = &choice->by_address, second = &choice->plain;
  int error = load_from(first, choice, object, wanted, report);
  if (!second->bytes || (error == 0 && keeps_all(choice, wanted, report))) return error;

  struct bpf_object *other = NULL;
  bool other_wanted[choice->count];
  struct hw_meter_program *other_report = calloc(choice->count, sizeof *other_report);
  if (!other_report) return error;
  int other_error = load_from(second, choice, &other, other_wanted, other_report);
  if (other_error == 0 && (error || keeps_all(choice, other_wanted, other_report))) {
    if (*object) bpf_object__close(*object);
    *object = other;
    error = 0;
    memcpy(wanted, other_wanted, sizeof other_wanted);
    memcpy(report, other_report, choice->count * sizeof *report);
  } else if (other) {
    bpf_object__close(other);
  }
  free(other_report);
  return error;
}

int hw_load(const struct hw_choice *choice, struct bpf_object **object, bool *wanted, struct hw_meter_program *report) {
  int error = load_any(choice, object, wanted, report);
  if (error == 0) forgive(choice, wanted, report);
  return error;
}

const struct hw_part *hw_lacking(const struct hw_part *parts, size_t count, const bool *wanted) {
  for (size_t i = 0; i < count; i++)
    if (parts[i].essential && !wanted[i] && !is_stood_in(parts, count, wanted, parts[i].name)) return &parts[i];
  return NULL;
}

// ---- attaching ----------------------------------------------------------------------------------------------------

int hw_attach(struct bpf_object *object, const struct hw_part *part, int cgroup, int map, struct bpf_link **result) {
  struct bpf_program *program = bpf_object__find_program_by_name(object, part->name);
  if (!program) return -ENOENT;
  struct bpf_link *link = NULL;
  if (part->how == TO_CGROUP) {
    link = bpf_program__attach_cgroup(program, cgroup);
  } else if (part->how == TO_TRACEPOINT || part->how == TO_FUNCTION) {
    link = bpf_program__attach(program);
  } else {
    LIBBPF_OPTS(bpf_iter_attach_opts, options);
    union bpf_iter_link_info info = {.map.map_fd = (__u32)map};
    if (map >= 0) {
      options.link_info = &info;
      options.link_info_len = sizeof info;
    }
    link = bpf_program__attach_iter(program, &options);
  }
  if (!link) return -errno;
  *result = link;
  return 0;
}

int hw_run_iterator(struct bpf_link *link) {
  int fd = bpf_iter_create(bpf_link__fd(link));
  if (fd < 0) return -errno;
  char scratch[64];
  ssize_t length;
  while ((length = read(fd, scratch, sizeof scratch)) > 0 || (length < 0 && errno == EINTR)) {
  }
  int error = length < 0 ? -errno : 0;
  close(fd);
  return error;
}
