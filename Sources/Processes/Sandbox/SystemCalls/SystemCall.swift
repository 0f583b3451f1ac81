/// A system call that sandboxes judge, with its numbers.
///
/// The numbers never change: they are the kernel's promise to programs. `nil` where an architecture has no such call.
struct SystemCall: Hashable, Sendable {
    let name: String
    private let x86: UInt32?
    private let arm: UInt32?

    init(_ name: String, _ x86: UInt32?, _ arm: UInt32?) {
        self.name = name
        self.x86 = x86
        self.arm = arm
    }

    func number(on architecture: SystemCallFilter.Architecture) -> UInt32? {
        switch architecture {
        case .x86: x86
        case .arm: arm
        }
    }
}

extension SystemCall {
    static let clone = SystemCall("clone", 56, 220)
    static let clone3 = SystemCall("clone3", 435, 435)
    static let ioctl = SystemCall("ioctl", 16, 29)
    static let personality = SystemCall("personality", 135, 92)
    static let socket = SystemCall("socket", 41, 198)

    /// What an ordinary program never needs, and where faults of kernels were found again and again, or what reaches beyond
    /// the sandbox.
    static let neverNeeded = [
        SystemCall("io_uring_setup", 425, 425), SystemCall("io_uring_enter", 426, 426),
        SystemCall("io_uring_register", 427, 427), SystemCall("bpf", 321, 280),
        SystemCall("perf_event_open", 298, 241), SystemCall("userfaultfd", 323, 282),
        SystemCall("add_key", 248, 217), SystemCall("request_key", 249, 218), SystemCall("keyctl", 250, 219),
        SystemCall("kexec_load", 246, 104), SystemCall("kexec_file_load", 320, 294),
        SystemCall("create_module", 174, nil), SystemCall("init_module", 175, 105),
        SystemCall("finit_module", 313, 273), SystemCall("delete_module", 176, 106),
        SystemCall("reboot", 169, 142), SystemCall("open_by_handle_at", 304, 265),
        SystemCall("quotactl", 179, 60), SystemCall("quotactl_fd", 443, 443),
        SystemCall("swapon", 167, 224), SystemCall("swapoff", 168, 225), SystemCall("acct", 163, 89),
        SystemCall("syslog", 103, 116), SystemCall("vhangup", 153, 58), SystemCall("iopl", 172, nil),
        SystemCall("ioperm", 173, nil), SystemCall("lookup_dcookie", 212, 18), SystemCall("nfsservctl", 180, 42),
        SystemCall("uselib", 134, nil),
    ]

    /// What a program looks into another one with.
    static let tracing = [
        SystemCall("ptrace", 101, 117), SystemCall("process_vm_readv", 310, 270),
        SystemCall("process_vm_writev", 311, 271), SystemCall("kcmp", 312, 272), SystemCall("pidfd_getfd", 438, 438),
    ]

    /// What a sandbox is made with.
    static let nesting = [
        SystemCall("unshare", 272, 97), SystemCall("setns", 308, 268), SystemCall("mount", 165, 40),
        SystemCall("umount2", 166, 39), SystemCall("pivot_root", 155, 41), SystemCall("chroot", 161, 51),
        SystemCall("fsopen", 430, 430), SystemCall("fsconfig", 431, 431), SystemCall("fsmount", 432, 432),
        SystemCall("fspick", 433, 433), SystemCall("move_mount", 429, 429), SystemCall("open_tree", 428, 428),
        SystemCall("open_tree_attr", 467, 467), SystemCall("mount_setattr", 442, 442),
    ]
}
