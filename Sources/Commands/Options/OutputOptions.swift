import ArgumentParser

/// Silences everything that is not the answer.
struct QuietOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print the answer only: no progress, no hints")
    var quiet = false
}

/// Chooses the form of the answer.
struct FormatOptions: ParsableArguments {
    @Flag(help: "Print the answer as JSON")
    var json = false
}

/// Names the task a command is about.
struct TaskArgument: ParsableArguments {
    @Argument(help: "The task: any unique beginning of its id or name", completion: .words(.tasks))
    var task: String

    func validate() throws {
        guard !task.allSatisfy(\.isWhitespace) else {
            throw ValidationError("The task's name is empty: give the beginning of its id or name.")
        }
    }
}
