#include "hw_parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments) {
  (void)level, (void)format, (void)arguments;
  return 0;
}

void hw_keep_libbpf_quiet(void) { libbpf_set_print(print_nothing); }

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

void hw_choose(struct bpf_object *object, const struct hw_part *parts, size_t count, const bool *wanted) {
  for (size_t i = 0; i < count; i++) {
    struct bpf_program *program = bpf_object__find_program_by_name(object, parts[i].name);
    if (program) bpf_program__set_autoload(program, wanted[i]);
  }
}

int hw_try_alone(const struct hw_image *image, const struct hw_part *parts, size_t count, size_t index) {
  struct bpf_object *object = hw_open_object(image);
  if (!object) return -errno;
  for (size_t i = 0; i < count; i++) {
    bool wanted = i == index;
    hw_choose(object, &parts[i], 1, &wanted);
  }
  int error = bpf_object__load(object);
  bpf_object__close(object);
  return error;
}

int hw_attach(struct bpf_object *object, const struct hw_part *part, int cgroup, int map, struct bpf_link **result) {
  struct bpf_program *program = bpf_object__find_program_by_name(object, part->name);
  if (!program) return -ENOENT;
  struct bpf_link *link = NULL;
  if (part->how == TO_CGROUP) {
    link = bpf_program__attach_cgroup(program, cgroup);
  } else if (part->how == TO_TRACEPOINT) {
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
