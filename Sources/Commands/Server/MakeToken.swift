import ArgumentParser
import Domain
import Wire

/// `makima token`: makes a token of the server.
struct MakeToken: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make a token for a daemon or a person",
        discussion: """
            Prints it once; the server keeps only its digest. Save it in a file that only its owner can read, as with \
            'umask 077; makima token --daemon build-1 >token'.
            """
    )

    @Option(help: ArgumentHelp("For the daemon of this id, which is made known", valueName: "id"))
    var daemon: String?

    @Option(help: ArgumentHelp("For a person: viewer, operator or admin", valueName: "scope"))
    var scope: String?

    @Option(help: ArgumentHelp("What people call it", valueName: "text"))
    var label: String?

    @OptionGroup var format: FormatOptions

    func validate() throws {
        guard (daemon == nil) != (scope == nil) else { throw ValidationError("Name either '--daemon' or '--scope'.") }
        if let scope, WireScope(rawValue: scope) == nil || scope == "daemon" {
            throw ValidationError("'--scope' is 'viewer', 'operator' or 'admin', not '\(scope)'.")
        }
    }

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        var request = TokenRequest()
        request.label = label ?? daemon ?? scope ?? "token"
        request.scope = daemon == nil ? WireScope(rawValue: scope ?? "") ?? .viewer : .daemon
        if let daemon {
            request.daemonId = daemon
            var known = DaemonRequest()
            known.daemonId = daemon
            try await queue.makeDaemonKnown(known)
        }
        let token = try await queue.makeToken(request)
        if format.json {
            environment.answers.print(json: try APIText.value(token))
        } else {
            environment.answers.print(StyledLine(token.token ?? ""))
        }
        return .success
    }
}
