import Domain

/// The scripted agent of a scenario: a program that plays the next turn at each start.
///
/// A double, no intelligence: a shell script, so that it runs wherever makima's agents run. What it is told and given
/// it writes into a directory outside of the workspace, where its starts are counted too.
struct FakeAgent: Sendable {
    let kind: AgentKind
    let program: String
    /// Where it writes what it was given; must be writable for it.
    let record: String

    /// Writes the program and what it plays into the playground.
    init(of scenario: Scenario, named name: String = "agent", in playground: Playground) throws {
        let speech = Speech(of: scenario)
        let home = "\(playground.path)/\(name)"
        kind = speech.kind
        program = "\(home)/play/agent"
        record = "\(home)/record"
        try playground.makeDirectory("\(name)/record")
        try playground.makeDirectory("\(name)/play")
        for (index, turn) in scenario.turns.enumerated() {
            var script = TurnScript(turn, output: speech.spoken(turn), directory: "\(home)/play/\(index + 1)")
            if index == 0, scenario.setup.hasStaleIndexLock { script.leavesIndexLock = true }
            for file in script.files { try playground.write(file.bytes, to: "\(name)/play/\(index + 1)/\(file.name)") }
            try playground.write(Array(script.text.utf8), to: "\(name)/play/\(index + 1)/turn")
        }
        let lines = starter(of: scenario, play: "\(home)/play")
        try playground.write(Array(lines.utf8), to: "\(name)/play/agent", isExecutable: true)
    }

    var configuration: AgentConfiguration {
        AgentConfiguration(name: "replayed", kind: kind, command: [program])
    }

    private func starter(of scenario: Scenario, play: String) -> String {
        """
        #!/bin/sh
        record=\(record.quotedForShell)
        number=$(($(cat "$record/count" 2>/dev/null || echo 0) + 1))
        echo $number > "$record/count"
        own="$record/$number"
        mkdir -p "$own"
        printf '%s\\n' "$@" > "$own/arguments"
        tr '\\0' '\\n' < /proc/$$/environ | sed 's/=.*//' > "$own/environment"
        case " $* " in *" --input-format "*) head -n 1 ;; *) cat ;; esac > "$own/prompt"
        refuse() { echo "$1" | tee -a "$own/problems" >&2; exit 98; }
        filled() { sed "s/{{i}}/$number/g" "$1"; }
        turn=$number
        if [ $turn -gt \(scenario.turns.count) ]; then
            turn=\(scenario.turns.count)
            \(scenario.repeatsLast ? ":" : "refuse 'started once too often'")
        fi
        \(kind == .claude ? Self.keepSessions(play: play) : ":")
        . \(play.quotedForShell)/$turn/turn

        """
    }
}

extension FakeAgent {
    /// Keeps the conversations that the turn names where Claude Code does: only what is kept is gone on with.
    private static func keepSessions(play: String) -> String {
        """
        kept="${CLAUDE_CONFIG_DIR:-$HOME/.claude}/projects/replay"
        mkdir -p "$kept"
        cat \(play.quotedForShell)/$turn/stdout* \(play.quotedForShell)/$turn/head 2>/dev/null |
            sed "s/{{i}}/$number/g" | grep -ao '"session_id" *: *"[A-Za-z0-9-]*"' | cut -d '"' -f 4 | sort -u |
            while read -r id; do echo '{}' > "$kept/$id.jsonl"; done
        """
    }
}

extension String {
    var quotedForShell: String {
        "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
