// Where the buffer of the system call in progress begins. The numbers of the calls are the kernel's ABI.
#ifndef CALL_BUFFER_H
#define CALL_BUFFER_H

#ifdef HW_BY_ADDRESS
#define REGISTER(regs, name) BPF_CORE_READ(regs, name)
#else
#define REGISTER(regs, name) (regs)->name
#endif

#if defined(HW_x86_64)
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct pt_regs { unsigned long si, orig_ax; };
#pragma clang attribute pop
#define CALL(regs) REGISTER(regs, orig_ax)
#define SECOND_ARGUMENT(regs) REGISTER(regs, si)
// include/uapi/asm/unistd_64.h
#define IS_PLAIN(call) ((call) == 0 || (call) == 1 || (call) == 44 || (call) == 45)  // read write sendto recvfrom
#define IS_VECTOR(call) ((call) == 19 || (call) == 20)                               // readv writev
#define IS_MESSAGE(call) ((call) == 46 || (call) == 47)                              // sendmsg recvmsg
#define IS_SPLICE(call) ((call) == 275)
#elif defined(HW_aarch64)
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct pt_regs { unsigned long long regs[31]; int syscallno; };
#pragma clang attribute pop
#define CALL(regs) (__u64)REGISTER(regs, syscallno)
#define SECOND_ARGUMENT(regs) REGISTER(regs, regs[1])
// include/uapi/asm-generic/unistd.h
#define IS_PLAIN(call) ((call) == 63 || (call) == 64 || (call) == 206 || (call) == 207)
#define IS_VECTOR(call) ((call) == 65 || (call) == 66)
#define IS_MESSAGE(call) ((call) == 211 || (call) == 212)
#define IS_SPLICE(call) ((call) == 76)
#endif

#ifdef CALL
static __always_inline struct pt_regs *registers(void) {
#ifdef HW_BY_ADDRESS
  // bpf_task_pt_regs() is there since 5.15: they lie at the end of the kernel's stack of 16 KiB.
  char *stack = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), stack);
  return (void *)(stack + 16384 - bpf_core_type_size(struct pt_regs));
#else
  return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
#endif
}
#endif

static __always_inline __u64 user_word(__u64 address) {
  __u64 word = 0;
  return bpf_probe_read_user(&word, sizeof word, (void *)address) ? 0 : word;
}

// 0 where it is not known: other calls (sendfile, splice, io_uring), other architectures.
static __always_inline __u64 buffer_of_call(void) {
#ifdef CALL
  struct pt_regs *regs = registers();
  __u64 call = CALL(regs), argument = SECOND_ARGUMENT(regs);
  if (IS_PLAIN(call)) return argument;
  // struct msghdr { void *name; int namelen; struct iovec *iov; … }, struct iovec { void *base; size_t length; }
  if (IS_MESSAGE(call)) return user_word(user_word(argument + 16));
  if (IS_VECTOR(call)) return user_word(argument);
#endif
  return 0;
}

static __always_inline bool in_splice(void) {
#ifdef CALL
  struct pt_regs *regs = registers();
  return IS_SPLICE(CALL(regs));
#else
  return false;
#endif
}

#endif
