/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* The numbers below mean other calls on another processor's interface. */
#if defined __x86_64__ && defined __ILP32__
#define ARCH 0
#elif defined __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCH AUDIT_ARCH_AARCH64
#elif defined __arm__
#define ARCH AUDIT_ARCH_ARM
#elif defined __i386__
#define ARCH AUDIT_ARCH_I386
#elif defined __riscv && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#else
#define ARCH 0
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), RETURN(SECCOMP_RET_ALLOW)

bool confine(void)
{
        /* What glibc and GLib need for memory, locks and the end, beside read and write. mmap needs
         * no closer look, as no further file can be opened. */
        struct sock_filter filter[] = {
                LOAD(arch),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
                RETURN(SECCOMP_RET_KILL_PROCESS),
                LOAD(nr),
                ALLOW(SYS_read),
                ALLOW(SYS_write),
#ifdef SYS_mmap
                ALLOW(SYS_mmap),
#endif
#ifdef SYS_mmap2
                ALLOW(SYS_mmap2),
#endif
                ALLOW(SYS_munmap),
                ALLOW(SYS_mremap),
                ALLOW(SYS_mprotect),
                ALLOW(SYS_madvise),
                ALLOW(SYS_brk),
                ALLOW(SYS_futex),
#ifdef SYS_futex_time64
                ALLOW(SYS_futex_time64),
#endif
                ALLOW(SYS_clock_gettime), /* where the vDSO has none */
#ifdef SYS_clock_gettime64
                ALLOW(SYS_clock_gettime64),
#endif
                ALLOW(SYS_getrandom),      /* seeds of hash tables */
                ALLOW(SYS_rt_sigprocmask), /* setjmp of libjpeg and libpng */
                ALLOW(SYS_rt_sigreturn),
                ALLOW(SYS_exit),
                ALLOW(SYS_exit_group),
                RETURN(SECCOMP_RET_KILL_PROCESS),
        };
        const struct sock_fprog program = {
                .len = sizeof filter / sizeof filter[0],
                .filter = filter,
        };

        return ARCH != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
