import Domain
import ForgeDouble
import Processes
import TestSupport
import Testing

@testable import Forge

/// What both ways to the API must do.
@Suite(.serialized)
struct TransportConformanceTests {
    enum Way: String, CaseIterable {
        case token
        case program
    }

    private static let secret = "ghp_s3cretS3cretS3cretS3cret"

    /// A double of the program `gh`, which sends what it is told to by bash alone.
    private static func program(port: Int) -> String {
        """
        #!/bin/bash
        printf '%s\\n' "$@" > "$(dirname "$0")/arguments"
        [ -n "$GH_LOGGED_OUT" ] && { echo 'To get started with GitHub CLI, please run: gh auth login' >&2; exit 4; }
        method=GET; path=; headers=; body=
        shift
        while [ $# -gt 0 ]; do
            case "$1" in
            --include) ;;
            --hostname) shift ;;
            --method) method=$2; shift ;;
            --header) headers+="$2"$'\\r\\n'; shift ;;
            --input) body=$(cat; printf x); body=${body%x}; shift ;;
            *) path=$1 ;;
            esac
            shift
        done
        exec 3<>/dev/tcp/127.0.0.1/\(port)
        LC_ALL=C
        printf '%s /%s HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n%sContent-Length: %s\\r\\n\\r\\n%s' \\
            "$method" "$path" "$headers" "${#body}" "$body" >&3
        answer=$(cat <&3; printf x); answer=${answer%x}
        printf '%s' "$answer"
        case "$answer" in "HTTP/1.1 2"*|"HTTP/1.1 304"*) ;; *) exit 1 ;; esac
        """
    }

    private struct Stage {
        let forge: GitHubDouble
        let transport: any ForgeTransport
        let directory: TemporaryDirectory
        let connections = ForgeConnections()

        private init(_ way: Way, variables: [String: String]) async throws {
            forge = try await GitHubDouble()
            directory = TemporaryDirectory("makima-forge")
            let address = try #require(ForgeAddress(forge.url))
            switch way {
            case .token: transport = TokenTransport(to: address, token: secret, by: connections)
            case .program:
                directory.write(program(port: forge.port), to: "gh", mode: 0o755)
                let environment = ["PATH": "\(directory.path):/usr/bin:/bin"].merging(variables) { $1 }
                transport = ProgramTransport(
                    host: "github.com",
                    environment: environment,
                    launcher: PosixSpawnLauncher()
                )
            }
        }

        /// Closes what it opened, however `body` ends.
        static func run(
            _ way: Way,
            variables: [String: String] = [:],
            _ body: (Stage) async throws -> Void
        ) async throws {
            let stage = try await Stage(way, variables: variables)
            do {
                try await body(stage)
            } catch {
                try await stage.connections.close()
                throw error
            }
            try await stage.connections.close()
            try await stage.forge.close()
        }
    }

    @Test(arguments: Way.allCases)
    func aQuestionIsAnsweredWithItsHeadersAndBody(way: Way) async throws {
        try await Stage.run(way) { stage in
            let answer = try await stage.transport.send(ForgeRequest(.get, "user"))
            #expect(answer.status == 200)
            #expect(answer.headers["etag"] != nil)
            #expect(try JSONParser.parse(answer.body)["login"]?.string == "Makima-User")
        }
    }

    @Test(arguments: Way.allCases)
    func aBodyArrivesAsItIs(way: Way) async throws {
        try await Stage.run(way) { stage in
            let text = #"{"head":"makima/a","title":"“ü” 'x' $(id)"}"#
            let answer = try await stage.transport.send(
                ForgeRequest(.post, "repos/ada/engine/pulls", body: Array(text.utf8))
            )
            #expect(answer.status == 201)
            #expect(stage.forge.requests.last?.body == text)
        }
    }

    @Test(arguments: Way.allCases)
    func whatIsKnownIsNotSentAgain(way: Way) async throws {
        try await Stage.run(way) { stage in
            var request = ForgeRequest(.get, "user")
            request.knownTag = try await stage.transport.send(request).headers["etag"]
            #expect(try await stage.transport.send(request).status == 304)
        }
    }

    @Test(arguments: Way.allCases)
    func aRefusalIsAnAnswer(way: Way) async throws {
        try await Stage.run(way) { stage in
            stage.forge.change { $0.troubles = [.init(status: 403, headers: [("Retry-After", "7")], body: "{}")] }
            let answer = try await stage.transport.send(ForgeRequest(.get, "user"))
            #expect(answer.status == 403 && answer.headers["retry-after"] == "7")
            #expect(try await stage.transport.send(ForgeRequest(.get, "nothing/here")).status == 404)
        }
    }

    @Test(arguments: Way.allCases)
    func whereNobodyListensIsUnavailable(way: Way) async throws {
        try await Stage.run(way) { stage in
            try await stage.forge.close()
            await #expect {
                _ = try await stage.transport.send(ForgeRequest(.get, "user"))
            } throws: { error in
                guard case ForgeFailure.unavailable(let message) = error else { return false }
                return !message.contains(Self.secret)
            }
        }
    }

    @Test func aTokenIsSentAndNeverDescribed() async throws {
        try await Stage.run(.token) { stage in
            _ = try await stage.transport.send(ForgeRequest(.get, "user"))
            #expect(stage.forge.requests.first?.authorization == "Bearer \(Self.secret)")
            #expect(!"\(stage.transport)".contains(Self.secret))
        }
    }

    @Test func theProgramIsToldTheHostAndNoToken() async throws {
        try await Stage.run(.program) { stage in
            _ = try await stage.transport.send(ForgeRequest(.get, "user"))
            let arguments = try #require(stage.directory.read("arguments"))
            #expect(arguments.hasPrefix("api\n--include\n--hostname\ngithub.com\n--method\nGET\n"))
            #expect(stage.forge.requests.first?.authorization == nil)
        }
    }

    @Test func aProgramThatIsLoggedOutOrMissingIsSaidToBe() async throws {
        try await Stage.run(.program, variables: ["GH_LOGGED_OUT": "1"]) { stage in
            await #expect {
                _ = try await stage.transport.send(ForgeRequest(.get, "user"))
            } throws: { error in
                guard case ForgeFailure.credentialsMissing(let detail) = error else { return false }
                return detail.contains("not logged in")
            }
            let missing = ProgramTransport(
                host: "github.com",
                environment: ["PATH": "/nonexistent"],
                launcher: PosixSpawnLauncher()
            )
            await #expect {
                _ = try await missing.send(ForgeRequest(.get, "user"))
            } throws: { error in
                guard case ForgeFailure.credentialsMissing(let detail) = error else { return false }
                return detail.contains("no program 'gh'")
            }
        }
    }

    @Test(.timeLimit(.minutes(15))) func anAnswerThatDoesNotEndIsGivenUp() async throws {
        let server = DrippingServer()
        let connections = ForgeConnections()
        let address = try #require(ForgeAddress("http://127.0.0.1:\(server.port)"))
        var transport = TokenTransport(to: address, token: Self.secret, by: connections)
        transport.patience = .milliseconds(500)
        let message = "'\(address.host)' does not answer: it takes too long"
        let patient = transport
        await #expect(throws: ForgeFailure.unavailable(message: message)) {
            _ = try await patient.send(ForgeRequest(.get, "user"))
        }
        try await connections.close()
        withExtendedLifetime(server) {}
    }
}
