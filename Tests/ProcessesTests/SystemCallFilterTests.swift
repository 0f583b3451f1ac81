import Processes
import Testing

/// Runs the filter as the kernel would, for every rule on both architectures.
struct SystemCallFilterTests {
    typealias Architecture = SystemCallFilter.Architecture

    @Test(arguments: Architecture.allCases)
    func allowsWhatProgramsNeed(_ architecture: Architecture) {
        let ordinary: [(x86: UInt32, arm: UInt32)] = [
            (0, 63), (1, 64), (9, 222), (13, 134), (59, 221), (202, 98), (257, 56), (318, 278), (439, 439), (444, 444),
        ]
        for numbers in ordinary { #expect(judge(numbers, on: architecture) == .allow) }
    }

    @Test(arguments: Architecture.allCases)
    func refusesWhatNoOrdinaryProgramNeeds(_ architecture: Architecture) {
        let refused: [String: (x86: UInt32, arm: UInt32)] = [
            "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
            "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
            "kcmp": (312, 272), "pidfd_getfd": (438, 438), "bpf": (321, 280), "perf_event_open": (298, 241),
            "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
            "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
            "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
            "move_mount": (429, 429), "open_tree": (428, 428), "mount_setattr": (442, 442), "setns": (308, 268),
            "unshare": (272, 97), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
            "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
            "open_by_handle_at": (304, 265), "quotactl": (179, 60), "quotactl_fd": (443, 443), "swapon": (167, 224),
            "swapoff": (168, 225), "acct": (163, 89), "syslog": (103, 116), "reboot": (169, 142),
        ]
        for (name, numbers) in refused {
            #expect(judge(numbers, on: architecture) == .fail(1), "\(name)")
        }
    }

    @Test func killsProgramsOfAnotherArchitecture() {
        let i386: UInt32 = 0x4000_0003
        let program = SystemCallFilter(for: .x86).program
        #expect(FilterMachine.run(program, Call(number: 1, architecture: i386)) == .killProcess)
        #expect(FilterMachine.run(program, Call(number: 1, architecture: Self.code(.arm))) == .killProcess)
        #expect(
            FilterMachine.run(SystemCallFilter(for: .arm).program, Call(number: 64, architecture: Self.code(.x86)))
                == .killProcess
        )
    }

    /// The same numbers with one bit more reach the same calls.
    @Test(arguments: [0, 101, 272, 520] as [UInt32])
    func refusesTheNumbersOfX32(_ number: UInt32) {
        #expect(judge((number | 0x4000_0000, 0), on: .x86) == .fail(38))
    }

    @Test(arguments: Architecture.allCases)
    func forksButMakesNoNamespace(_ architecture: Architecture) {
        func clone(_ flags: UInt64) -> FilterProgram.Verdict? { judge((56, 220), [flags], on: architecture) }
        #expect(clone(0x0120_0011) == .allow)
        #expect(clone(0x3d0f00) == .allow)
        for bit in [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000] as [UInt64] {
            #expect(clone(bit | 17) == .fail(1))
        }
        // The kernel looks at the lower half only.
        #expect(clone(0xffff_ffff_1000_0011) == .fail(1))
        #expect(judge((435, 435), on: architecture) == .fail(38))
    }

    @Test(arguments: Architecture.allCases)
    func keepsTheOrdinaryPersonality(_ architecture: Architecture) {
        func personality(_ value: UInt64) -> FilterProgram.Verdict? { judge((135, 92), [value], on: architecture) }
        #expect(personality(0) == .allow)
        #expect(personality(0xffff_ffff) == .allow)
        for value in [1, 8, 0x4_0000, 0x40_0000, 0x1_0000_0001] as [UInt64] { #expect(personality(value) == .fail(1)) }
    }

    @Test(arguments: Architecture.allCases)
    func doesNotTypeOnTheTerminal(_ architecture: Architecture) {
        func ioctl(_ request: UInt64) -> FilterProgram.Verdict? { judge((16, 29), [1, request], on: architecture) }
        for request in [0x5412, 0x541c, 0x5423, 0xdead_0000_5412] as [UInt64] { #expect(ioctl(request) == .fail(1)) }
        for request in [0x5401, 0x5413, 0x5421, 0x541b, 0x5414] as [UInt64] { #expect(ioctl(request) == .allow) }
    }

    @Test(arguments: Architecture.allCases)
    func opensOnlySocketsOfKnownFamilies(_ architecture: Architecture) {
        func socket(_ family: UInt64, _ `protocol`: UInt64 = 0) -> FilterProgram.Verdict? {
            judge((41, 198), [family, 1, `protocol`], on: architecture)
        }
        for family in [1, 2, 10] as [UInt64] { #expect(socket(family, 6) == .allow) }
        #expect(socket(16) == .allow)
        for `protocol` in 1...30 as ClosedRange<UInt64> { #expect(socket(16, `protocol`) == .fail(97)) }
        for family in (0...50 as ClosedRange<UInt64>) where ![1, 2, 10, 16].contains(family) {
            #expect(socket(family) == .fail(97), "\(family)")
        }
        #expect(socket(0x1_0000_0028) == .fail(97))
    }

    @Test(arguments: Architecture.allCases)
    func nestingOpensNamespacesAndNothingElse(_ architecture: Architecture) {
        let nesting: Set<SandboxProfile.Exception> = [.nesting]
        for numbers in [(272, 97), (165, 40), (155, 41), (308, 268), (435, 435)] as [(UInt32, UInt32)] {
            #expect(judge(numbers, on: architecture, exceptions: nesting) == .allow)
        }
        #expect(judge((56, 220), [0x1000_0011], on: architecture, exceptions: nesting) == .allow)
        for numbers in [(101, 117), (425, 425), (321, 280)] as [(UInt32, UInt32)] {
            #expect(judge(numbers, on: architecture, exceptions: nesting) == .fail(1))
        }
        #expect(judge((41, 198), [40], on: architecture, exceptions: nesting) == .fail(97))
    }

    @Test(arguments: Architecture.allCases)
    func tracingOpensDebuggersAndNothingElse(_ architecture: Architecture) {
        let tracing: Set<SandboxProfile.Exception> = [.tracing]
        for numbers in [(101, 117), (310, 270), (311, 271)] as [(UInt32, UInt32)] {
            #expect(judge(numbers, on: architecture, exceptions: tracing) == .allow)
        }
        #expect(judge((135, 92), [0x4_0000], on: architecture, exceptions: tracing) == .allow)
        #expect(judge((135, 92), [8], on: architecture, exceptions: tracing) == .fail(1))
        #expect(judge((272, 97), on: architecture, exceptions: tracing) == .fail(1))
    }

    @Test func isEncodedAsTheKernelReadsIt() {
        let program = FilterProgram([
            .load(.argument(1)), .ifAny(0x7e02_0000, then: 1, else: 2), .end(.fail(97)), .end(.killProcess),
        ])
        #expect(
            program.bytes == [
                0x20, 0, 0, 0, 24, 0, 0, 0, 0x45, 0, 1, 2, 0, 0, 2, 0x7e, 6, 0, 0, 0, 97, 0, 5, 0,
                6, 0, 0, 0, 0, 0, 0, 0x80,
            ]
        )
    }

    private static func code(_ architecture: Architecture) -> UInt32 {
        switch architecture {
        case .x86: 0xc000_003e
        case .arm: 0xc000_00b7
        }
    }

    private func judge(
        _ numbers: (x86: UInt32, arm: UInt32),
        _ arguments: [UInt64] = [],
        on architecture: Architecture,
        exceptions: Set<SandboxProfile.Exception> = []
    ) -> FilterProgram.Verdict? {
        let number = architecture == .x86 ? numbers.x86 : numbers.arm
        let call = Call(number: number, architecture: Self.code(architecture), arguments: arguments)
        return FilterMachine.run(SystemCallFilter(for: architecture, exceptions: exceptions).program, call)
    }
}

/// A system call as a filter sees it.
private struct Call {
    var number: UInt32
    var architecture: UInt32
    var arguments: [UInt64] = []
}

/// What the kernel does with a filter.
private enum FilterMachine {
    /// `nil` when the program runs over its end, which the kernel would refuse to load.
    static func run(_ program: FilterProgram, _ call: Call) -> FilterProgram.Verdict? {
        var accumulator: UInt32 = 0
        var next = 0
        while next < program.instructions.count {
            let instruction = program.instructions[next]
            next += 1
            switch instruction {
            case .load(let word): accumulator = value(of: word, in: call)
            case .ifEqual(let value, let then, let otherwise):
                next += Int(accumulator == value ? then : otherwise)
            case .ifAtLeast(let value, let then, let otherwise):
                next += Int(accumulator >= value ? then : otherwise)
            case .ifAny(let bits, let then, let otherwise):
                next += Int(accumulator & bits != 0 ? then : otherwise)
            case .end(let verdict): return verdict
            }
        }
        return nil
    }

    private static func value(of word: FilterProgram.Word, in call: Call) -> UInt32 {
        switch word {
        case .number: call.number
        case .architecture: call.architecture
        case .argument(let index):
            index < call.arguments.count ? UInt32(truncatingIfNeeded: call.arguments[index]) : 0
        }
    }
}
