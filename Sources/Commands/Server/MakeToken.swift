import ArgumentParser
import Domain
import Wire

/// `makima token`: makes, lists and revokes tokens of the server.
struct MakeToken: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make a token for a daemon or a person; list or revoke them",
        discussion: """
            A new token is printed once; the server keeps only its digest. Save it in a file that only its owner can read, as with \
            'umask 077; makima token --daemon build-1 >token'. To replace one, make a second, let its owner use it, and revoke the \
            first.
            """
    )

    @Option(help: ArgumentHelp("For the daemon of this id, which is made known", valueName: "id"))
    var daemon: String?

    @Option(help: ArgumentHelp("For a person: viewer, operator or admin", valueName: "scope"))
    var scope: String?

    @Option(help: ArgumentHelp("What people call it", valueName: "text"))
    var label: String?

    @Option(
        help: ArgumentHelp("How long it is accepted, as '90d' (default: until it is revoked)", valueName: "time"),
        transform: DurationArgument.parse
    )
    var expires: DurationArgument?

    @Flag(help: "List the tokens there are, without their secrets")
    var list = false

    @Option(help: ArgumentHelp("Revoke the token of this id", valueName: "id"))
    var revoke: String?

    @OptionGroup var format: FormatOptions

    func validate() throws {
        let chosen = [daemon != nil, scope != nil, list, revoke != nil].filter { $0 }.count
        guard chosen == 1 else {
            throw ValidationError("Name one of '--daemon', '--scope', '--list' and '--revoke'.")
        }
        if let scope, WireScope(rawValue: scope) == nil || scope == "daemon" {
            throw ValidationError("'--scope' is 'viewer', 'operator' or 'admin', not '\(scope)'.")
        }
    }

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        if list { return try show(try await queue.tokens(), in: environment) }
        if let revoke {
            let token = try await queue.revokeToken(revoke)
            if format.json {
                environment.answers.print(json: try APIText.value(token))
            } else {
                environment.answers.print(
                    StyledLine("Token \(token.tokenId) (\(token.label)) is not accepted any more.")
                )
            }
            return .success
        }
        return try await make(by: queue, in: environment)
    }

    private func make(by queue: any TaskQueue, in environment: CommandEnvironment) async throws -> ExitStatus {
        var request = TokenRequest()
        request.label = label ?? daemon ?? scope ?? "token"
        request.scope = daemon == nil ? WireScope(rawValue: scope ?? "") ?? .viewer : .daemon
        request.expiresInSeconds = expires.map { Int($0.duration.milliseconds / 1000) }
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

    private func show(_ tokens: [TokenView], in environment: CommandEnvironment) throws -> ExitStatus {
        let printer = environment.answers
        if format.json {
            printer.print(json: .list(try tokens.map { try APIText.value($0) }))
            return .success
        }
        var table = Table(header: ["TOKEN", "SCOPE", "OF", "MADE", "USED", "STATE", "LABEL"], flexibleColumn: 6)
        table.dispensable = [3, 4]
        let now = environment.wallClock.now()
        for token in tokens {
            let isOver = token.expiresAt.map { $0 <= now } ?? false
            let state = token.revokedAt != nil ? "revoked" : isOver ? "expired" : "accepted"
            table.add([
                StyledLine(token.tokenId, .strong), StyledLine(token.scopes.map(\.rawValue).joined(separator: ", ")),
                StyledLine(token.daemonId ?? token.userId ?? ""), StyledLine(token.createdAt.formattedUTC),
                StyledLine(token.lastUsedAt?.formattedUTC ?? "never"),
                StyledLine(state, state == "accepted" ? .good : .faint), StyledLine(token.label),
            ])
        }
        printer.print(table.lines(columns: printer.columns))
        return .success
    }
}
