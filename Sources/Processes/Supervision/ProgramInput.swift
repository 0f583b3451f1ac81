/// Where a supervised program reads from: what it is given once and for all, or a file from which the shim hands on what makima
/// appends.
enum ProgramInput: ~Copyable {
    case given(Descriptor)
    case growing(Descriptor)

    /// The file of a program that reads while it works is in the spool already.
    init(of supervised: SupervisedCommand) throws(ProcessError) {
        if supervised.readsWhileRunning {
            self = .growing(try Descriptor.reading(supervised.spool.inputPath))
        } else {
            self = .given(try Descriptor.standardInput(supervised.command.input))
        }
    }

    /// What the shim's own standard input is.
    func standardInput() throws(ProcessError) -> Descriptor {
        switch self {
        case .given(let descriptor): try descriptor.copy()
        case .growing: try Descriptor.reading("/dev/null")
        }
    }

    /// For the shim.
    var growing: Int32? {
        switch self {
        case .given: nil
        case .growing(let descriptor): descriptor.number
        }
    }
}
