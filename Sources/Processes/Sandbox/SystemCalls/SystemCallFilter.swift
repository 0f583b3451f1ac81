/// Which system calls a sandboxed process may make: a second border, in front of what namespaces leave of the kernel.
///
/// A list of what is refused, as agents run whatever tools a project has. For families of sockets it is a list of what is
/// allowed: there a new one is always one more thing that somebody forgot.
package struct SystemCallFilter: Hashable, Sendable {
    package enum Architecture: Hashable, Sendable, CaseIterable {
        /// x86-64.
        case x86
        /// 64-bit Arm.
        case arm

        /// `nil` on a machine for which there is no filter.
        package static var native: Architecture? {
            #if arch(x86_64)
            .x86
            #elseif arch(arm64)
            .arm
            #else
            nil
            #endif
        }

        /// `AUDIT_ARCH_…` of linux/audit.h.
        fileprivate var code: UInt32 {
            switch self {
            case .x86: 0xc000_003e
            case .arm: 0xc000_00b7
            }
        }
    }

    private enum ErrorCode {
        static let notPermitted: Int32 = 1
        static let noSuchCall: Int32 = 38
        static let noSuchFamily: Int32 = 97
    }

    private let architecture: Architecture
    private let exceptions: Set<SandboxProfile.Exception>

    package init(for architecture: Architecture, exceptions: Set<SandboxProfile.Exception> = []) {
        self.architecture = architecture
        self.exceptions = exceptions
    }

    package var program: FilterProgram {
        var instructions = Self.architectureRule(architecture)
        var refused = SystemCall.neverNeeded
        if !exceptions.contains(.tracing) { refused += SystemCall.tracing }
        if !exceptions.contains(.nesting) { refused += SystemCall.nesting }
        for call in refused { instructions += rule(for: call, [.end(.fail(ErrorCode.notPermitted))]) }
        if !exceptions.contains(.nesting) {
            // Its flags are in memory, where no filter sees them; the C library then takes `clone`.
            instructions += rule(for: .clone3, [.end(.fail(ErrorCode.noSuchCall))])
            instructions += rule(for: .clone, Self.cloneRule)
        }
        instructions += rule(for: .personality, Self.personalityRule(exceptions))
        instructions += rule(for: .ioctl, Self.terminalRule)
        instructions += rule(for: .socket, Self.socketRule)
        return FilterProgram(instructions + [.end(.allow)])
    }

    /// Runs `body`, which ends with a verdict, for `call` alone.
    private func rule(
        for call: SystemCall,
        _ body: [FilterProgram.Instruction]
    ) -> [FilterProgram.Instruction] {
        guard let number = call.number(on: architecture) else { return [] }
        return [.ifEqual(number, then: 0, else: UInt8(body.count))] + body
    }

    /// Leaves the number of the call loaded.
    ///
    /// Numbers mean something else for programs of another architecture. Of x32, which has the same architecture, they have
    /// a bit of their own.
    private static func architectureRule(_ architecture: Architecture) -> [FilterProgram.Instruction] {
        let own: [FilterProgram.Instruction] = [
            .load(.architecture), .ifEqual(architecture.code, then: 1, else: 0), .end(.killProcess), .load(.number),
        ]
        guard architecture == .x86 else { return own }
        return own + [.ifAtLeast(0x4000_0000, then: 0, else: 1), .end(.fail(ErrorCode.noSuchCall))]
    }

    /// Refuses every new namespace: those of users give rights over the others.
    private static let cloneRule: [FilterProgram.Instruction] = [
        // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
        .load(.argument(0)), .ifAny(0x7e02_0000, then: 0, else: 1), .end(.fail(ErrorCode.notPermitted)), .end(.allow),
    ]

    /// Lets a program ask for its personality and keep the ordinary one; a debugger also fix its addresses.
    private static func personalityRule(_ exceptions: Set<SandboxProfile.Exception>) -> [FilterProgram.Instruction] {
        let addressNoRandomize: UInt32 = 0x4_0000
        return [
            .load(.argument(0)), .ifEqual(0, then: 3, else: 0), .ifEqual(0xffff_ffff, then: 2, else: 0),
            .ifEqual(exceptions.contains(.tracing) ? addressNoRandomize : 0, then: 1, else: 0),
            .end(.fail(ErrorCode.notPermitted)), .end(.allow),
        ]
    }

    /// Refuses to type on the terminal (TIOCSTI, TIOCLINUX) and to change its discipline (TIOCSETD).
    private static let terminalRule: [FilterProgram.Instruction] = [
        .load(.argument(1)), .ifEqual(0x5412, then: 2, else: 0), .ifEqual(0x541c, then: 1, else: 0),
        .ifEqual(0x5423, then: 0, else: 1), .end(.fail(ErrorCode.notPermitted)), .end(.allow),
    ]

    /// Allows unix sockets, both internet protocols, and of netlink what lists the network's devices and addresses.
    ///
    /// Node and Python fail at listing the machine's addresses without the last, which development servers do when they
    /// start.
    private static let socketRule: [FilterProgram.Instruction] = [
        .load(.argument(0)), .ifEqual(1, then: 6, else: 0), .ifEqual(2, then: 5, else: 0),
        .ifEqual(10, then: 4, else: 0), .ifEqual(16, then: 0, else: 2), .load(.argument(2)),
        .ifEqual(0, then: 1, else: 0), .end(.fail(ErrorCode.noSuchFamily)), .end(.allow),
    ]
}
