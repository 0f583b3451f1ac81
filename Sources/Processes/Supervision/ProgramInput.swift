/// Where a supervised program reads from: an end for the program, and one for makima where it goes on writing.
enum ProgramInput: ~Copyable {
    case given(Descriptor)
    case pipe(Pipe)

    init(of supervised: SupervisedCommand) throws(ProcessError) {
        if supervised.readsWhileRunning {
            self = .pipe(try Pipe.make())
        } else {
            self = .given(try Descriptor.standardInput(supervised.command.input))
        }
    }

    var readNumber: Int32 {
        switch self {
        case .given(let descriptor): descriptor.number
        case .pipe(let pipe): pipe.readNumber
        }
    }

    /// Closes the end that was given to the program; returns the other one.
    consuming func keepingWriteEnd(on loop: EventLoop) -> InputPipe? {
        switch consume self {
        case .given: nil
        case .pipe(let pipe): InputPipe(pipe.keepingWriteEnd(), on: loop)
        }
    }
}
