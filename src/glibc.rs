//! Functions of the GNU C library, in the versions that the oldest systems supported have: 2.28, of RHEL 8.
//!
//! A library that was linked on a newer system asks for the newest version of each function, and is not loaded where
//! that is not. Those below are called here or by Rust's standard library, and have a newer version although nothing
//! has changed but the library they are in, or were not in a library at first. `cargo xtask test build` looks whether
//! all are here.

#![allow(
    unsafe_code,
    reason = "only the assembler can ask for a version of a function"
)]

use std::arch::global_asm;

/// A function of this library alone, that goes on in the C library's of that version.
macro_rules! in_version {
    ($version:literal: $($name:literal)*) => {
        $(global_asm!(
            concat!(".symver nav_glibc_", $name, ", ", $name, "@", $version),
            concat!(".pushsection .text.nav_glibc_", $name, ", \"ax\", @progbits"),
            concat!(".globl ", $name),
            concat!(".hidden ", $name),
            concat!(".type ", $name, ", @function"),
            concat!($name, ":"),
            concat!("jmp *nav_glibc_", $name, "@GOTPCREL(%rip)"),
            concat!(".size ", $name, ", . - ", $name),
            ".popsection",
            options(att_syntax)
        );)*
    };
}

in_version!("GLIBC_2.2.5":
    "dladdr" "dlopen" "dlsym" "pthread_attr_getguardsize" "pthread_attr_getstack" "pthread_attr_setstacksize"
    "pthread_create" "pthread_detach" "pthread_getattr_np" "pthread_join" "pthread_key_create" "pthread_key_delete"
    "pthread_setspecific" "pthread_sigmask");
in_version!("GLIBC_2.12": "pthread_setname_np");

/// Before 2.33, programs had these of their own, over a function that is told which layout the result has.
macro_rules! over_versioned {
    ($($name:literal: $function:literal)*) => {
        $(global_asm!(
            concat!(".symver nav_glibc_", $function, ", ", $function, "@GLIBC_2.2.5"),
            concat!(".pushsection .text.nav_glibc_", $name, ", \"ax\", @progbits"),
            concat!(".globl ", $name),
            concat!(".hidden ", $name),
            concat!(".type ", $name, ", @function"),
            concat!($name, ":"),
            "mov %rsi, %rdx",
            "mov %rdi, %rsi",
            "mov $1, %edi",
            concat!("jmp *nav_glibc_", $function, "@GOTPCREL(%rip)"),
            concat!(".size ", $name, ", . - ", $name),
            ".popsection",
            options(att_syntax)
        );)*
    };
}

over_versioned!("fstat64": "__fxstat64" "lstat64": "__lxstat64" "stat64": "__xstat64");

// Since 2.30; before, only the system call.
global_asm!(
    ".pushsection .text.nav_glibc_gettid, \"ax\", @progbits",
    ".globl gettid",
    ".hidden gettid",
    ".type gettid, @function",
    "gettid:",
    "mov ${number}, %eax",
    "syscall",
    "ret",
    ".size gettid, . - gettid",
    ".popsection",
    number = const libc::SYS_gettid,
    options(att_syntax)
);
