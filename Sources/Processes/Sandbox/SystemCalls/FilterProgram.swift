/// A program for the kernel's packet filter machine, which seccomp runs before every system call.
///
/// Only the few kinds of instructions that filters of system calls need. A jump of 0 goes to the next instruction.
package struct FilterProgram: Hashable, Sendable {
    package enum Instruction: Hashable, Sendable {
        /// Loads 32 bits of the call's data.
        case load(Word)
        case ifEqual(UInt32, then: UInt8, else: UInt8)
        case ifAtLeast(UInt32, then: UInt8, else: UInt8)
        /// Whether any of the bits is set.
        case ifAny(UInt32, then: UInt8, else: UInt8)
        case end(Verdict)
    }

    /// What of the data of a call can be loaded.
    ///
    /// Of an argument only the lower half, and only for arguments of which the kernel looks at no more than that.
    package enum Word: Hashable, Sendable {
        case number
        case architecture
        case argument(Int)
    }

    package enum Verdict: Hashable, Sendable {
        case allow
        /// The call fails with this error.
        case fail(Int32)
        /// The process ends by SIGSYS.
        case killProcess
    }

    package var instructions: [Instruction]

    package init(_ instructions: [Instruction]) {
        self.instructions = instructions
    }

    /// An array of `struct sock_filter` in the order of bytes of this machine.
    package var bytes: [UInt8] {
        instructions.flatMap { instruction in
            let (code, jumps, operand) = instruction.encoded
            return withUnsafeBytes(of: code, Array.init) + [jumps.then, jumps.else]
                + withUnsafeBytes(of: operand, Array.init)
        }
    }
}

extension FilterProgram.Instruction {
    /// The codes are those of linux/bpf_common.h.
    fileprivate var encoded: (code: UInt16, jumps: (then: UInt8, else: UInt8), operand: UInt32) {
        switch self {
        case .load(let word): (0x20, (0, 0), word.offset)
        case .ifEqual(let value, let then, let otherwise): (0x15, (then, otherwise), value)
        case .ifAtLeast(let value, let then, let otherwise): (0x35, (then, otherwise), value)
        case .ifAny(let bits, let then, let otherwise): (0x45, (then, otherwise), bits)
        case .end(let verdict): (0x06, (0, 0), verdict.value)
        }
    }
}

extension FilterProgram.Word {
    /// Within `struct seccomp_data`; both architectures are little-endian.
    fileprivate var offset: UInt32 {
        switch self {
        case .number: 0
        case .architecture: 4
        case .argument(let index): 16 + 8 * UInt32(index)
        }
    }
}

extension FilterProgram.Verdict {
    /// The values are those of linux/seccomp.h.
    fileprivate var value: UInt32 {
        switch self {
        case .allow: 0x7fff_0000
        case .fail(let code): 0x0005_0000 | UInt32(code)
        case .killProcess: 0x8000_0000
        }
    }
}
