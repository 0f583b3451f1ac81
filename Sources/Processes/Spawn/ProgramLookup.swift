import Glibc

/// Finds the file of a program as `execvp` would, but in the command's own `PATH` instead of makima's.
enum ProgramLookup {
    static func path(of command: Command) throws(ProcessError) -> String {
        let program = command.program
        guard program.isUsable else { throw .unusableText(program: "", text: program) }
        if program.hasPrefix("/") { return program }
        // A relative path, or a relative folder in PATH, would mean whatever the working directory holds.
        guard !program.isEmpty, !program.utf8.contains(UInt8(ascii: "/")) else { throw .programNotFound(program) }
        for folder in (command.environment["PATH"] ?? "").split(separator: ":") where folder.hasPrefix("/") {
            let candidate = "\(folder)/\(program)"
            if isExecutableFile(candidate) { return candidate }
        }
        throw .programNotFound(program)
    }

    private static func isExecutableFile(_ path: String) -> Bool {
        var status = stat()
        return path.isUsable && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && access(path, X_OK) == 0
    }
}
