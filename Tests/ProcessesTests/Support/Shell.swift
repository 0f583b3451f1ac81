import Processes

let systemPath = "/usr/local/bin:/usr/bin:/bin"

extension Command {
    /// A shell script with the usual `PATH`.
    static func shell(
        _ script: String,
        environment: [String: String] = [:],
        directory: String? = nil,
        input: StandardInput = .none
    ) -> Command {
        let variables = ["PATH": systemPath].merging(environment) { $1 }
        return Command("/bin/sh", ["-c", script], environment: variables, directory: directory, input: input)
    }
}

extension CommandResult {
    var text: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
}
