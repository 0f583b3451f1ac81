import Domain
import Processes
import TestSupport
import Testing

/// The completion script in the shell that it is for.
@Suite(.serialized)
struct CompletionTests {
    @Test func bashOffersTasksAndAgents() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        let sentence = "$(touch pwned) and more"
        for name in ["parser", sentence] {
            _ = try await installation.call(["run", "work", "--agent", "double", "--name", name])
        }
        let offered = try await installation.complete("makima", "show", "")
        #expect(offered.count == 3)
        #expect(offered.contains("parser"))
        #expect(offered.filter { $0.count == 4 }.count == 2)
        #expect(try await installation.complete("makima", "why", "par") == ["parser"])
        #expect(try await installation.complete("makima", "run", "x", "--agent", "d") == ["double"])
        #expect(!TestFiles.exists("\(installation.repository)/pwned"))
    }
}

extension Installation {
    /// What bash would offer for the last of `words`.
    fileprivate func complete(_ words: String...) async throws -> [String] {
        let script = #"""
            source <(makima completions bash)
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
            COMP_POINT=${#COMP_LINE} COMPREPLY=()
            _makima makima "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}"
            """#
        var variables = environment
        variables["PATH"] = "\(Self.products):/usr/bin:/bin"
        let command = Command(
            "/bin/bash",
            ["-c", script, "bash"] + words,
            environment: variables,
            directory: repository
        )
        let answer = Answer(try await PosixSpawnLauncher().run(command, timeout: .seconds(240), outputCap: 1 << 20))
        #expect(answer.errorOutput.isEmpty)
        return answer.output.split(separator: "\n").map(String.init)
    }
}
