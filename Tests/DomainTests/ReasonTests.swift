import Domain
import FoundationEssentials
import Testing

struct ReasonTests {
    @Test func whoStartsSlowlyIsGivenMoreTime() {
        let message = "It did not answer \(EnvironmentProblem.withinHandshake(.seconds(60)))."
        let problem = EnvironmentProblem.agentLaunch(agent: "a", message: message, attempts: 3)
        let told = Reason.blocked(.environment(problem)).explanation(task: "k7")
        #expect(told.sentence.contains("within 1 min 00 s, which is its 'handshake_timeout'"))
        #expect(told.hint?.contains("'makima resume k7 --handshake-timeout 5m'") == true)
    }

    /// Words of others that end a sentence keep their own end.
    private static let foreign = "no such thing"

    @Test(arguments: Reasons.all)
    func isSaidInOneSentence(reason: Reason) {
        let sentence = reason.explanation(task: "k3v9").sentence
        #expect(sentence.hasSuffix(".") || sentence.hasSuffix(Self.foreign))
        #expect(!sentence.contains("\n"))
        #expect(sentence.first?.isLowercase == false || sentence.hasPrefix("makima"))
    }

    @Test(arguments: Reasons.all)
    func saysWhatToDoUnlessTheWorkIsProven(reason: Reason) {
        let hint = reason.explanation(task: "k3v9").hint
        if reason == .completed(.verified) {
            #expect(hint == nil)
        } else {
            #expect(hint?.contains("makima ") == true)
            #expect(hint?.contains("'makima resume k3v9") == true || hint?.contains(" k3v9") == true)
            #expect(hint?.hasSuffix(".") == true)
        }
    }

    @Test(arguments: Reasons.all)
    func survivesBeingStored(reason: Reason) throws {
        let stored = try JSONEncoder().encode(reason)
        #expect(try JSONDecoder().decode(Reason.self, from: stored) == reason)
    }

    @Test func hasAWordOfItsOwnWithinItsStatus() {
        let all = Reasons.all.map { [$0.status.rawValue, $0.code] }
        let kinds = Set(all)
        #expect(kinds.count == Reasons.kinds)
        #expect(kinds.allSatisfy { $0[1].allSatisfy { $0.isLowercase || $0 == "_" } })
    }

    @Test func everyStopHasAReason() {
        let stops = Set(TaskStatus.allCases.filter { !$0.isActive && $0 != .pending } + [.waiting])
        #expect(Set(Reasons.all.map(\.status)) == stops)
    }
}

/// Every kind of reason, with every kind of cause that it may carry.
enum Reasons {
    /// How many there are of different codes.
    static let kinds = 38

    static let all: [Reason] =
        [.completed(.verified), .completed(.unverified), .completed(.empty), .paused]
        + [
            .iterationLimit(used: 10, limit: 10, ceiling: 50), .iterationLimit(used: 50, limit: 50, ceiling: 50),
            .interrupted(.person), .interrupted(.ownerDied),
            .budget(.costEstimate(known: .zero, estimate: USD(microdollars: 1), limit: .zero)),
            .budget(.costUnknown(known: nil, limit: .zero)), .budget(.tokensUnknown(known: nil, limit: 0)),
            .budget(.cost(spent: USD(microdollars: 1), limit: .zero)), .budget(.tokens(spent: 1, limit: 0)),
            .budget(.time(spent: .seconds(61), limit: .milliseconds(1))),
        ] + stalls.map { .stalled($0) } + blocks.map { .blocked($0) } + waits + failures.map { .failed($0) }

    private static let stalls: [StallCause] =
        [.noChange(iterations: 3), .sameError(signature: "no such thing\nat all", iterations: 5)]
        + [.oscillation(period: 2)]
        + ([
            .commandNotFound, .programHidden(program: "node", paths: ["/home/me/bin"]), .notExecutable,
            .timedOut(after: .seconds(9)), .killed(signal: 9),
            .notStarted(message: "no such thing"), .stopped,
        ] as [NotEvaluatedCause])
        .map { .checksNotEvaluable(check: CheckDefinition(name: "unit", command: "make"), cause: $0, times: 3) }

    private static let blocks: [BlockCause] =
        [
            .question(text: "no such thing"), .permission(what: "Bash"),
            .permissionAsked(question: 4, what: "Bash: npm install"),
            .authentication(agent: "a", message: "no such thing"), .billing(agent: "a", message: "no such thing"),
            .workspaceBroken(detail: "it is gone"), .protectedPaths([]), .protectedPaths((1...9).map { "p\($0)" }),
            .mergeConflict(branch: "main", .conflict(paths: ["a\"b"])), .mergeConflict(branch: "main", .branchMoved),
            .mergeConflict(branch: "main", .checkoutDirty(paths: ["a"])),
            .mergeConflict(branch: "main", .branchMissing),
            .mergeConflict(branch: "main", .checksFailed([])), .mergeConflict(branch: "main", .filtered(paths: ["a"])),
        ]
        + ForgeObstacle.Kind.allCases.map {
            .forge(ForgeObstacle($0, remote: "origin", branch: "makima/x", detail: "no such thing"))
        }
        + [.forge(ForgeObstacle(.remoteMissing, remote: ""))]
        + ([
            .sandboxUnavailable(detail: "no such thing"), .limitsUnavailable(detail: "no such thing"),
            .diskFull(path: "/srv"),
            .diskLimit(used: 2, limit: 1), .diskLow(path: "/srv", .space(freeMiB: 3, reserveMiB: 1024)),
            .diskLow(path: "/srv", .inodes(free: 9, reserve: 1000)),
            .repositoryUnusable(path: "/srv/x", detail: "it is gone"),
            .agentLaunch(agent: "a", message: "no such thing", attempts: 3),
            .agentLaunch(agent: "a", message: "Mute \(EnvironmentProblem.withinHandshake(.seconds(60))).", attempts: 3),
            .objectsMissing(count: 2, command: "git fetch --refetch --no-filter"), .variablesMissing([]),
            .gitFailed(operation: "list branches", detail: "It was killed (signal 9)."),
            .repositoryLocked(path: "/srv/x/.git/packed-refs.lock"),
            .variablesMissing((1...9).map { MissingVariable(agent: "a", name: "V\($0)") }),
            .setupCommandFailed(command: "make", exitCode: 2, outputTail: "make: ***\nno such thing\n"),
        ] as [EnvironmentProblem])
        .map { .environment($0) }

    private static let causes: [WaitCause] = [
        .usageLimit, .rateLimited, .overloaded, .network, .dependency, .capacity, .answer, .permission,
    ]
    private static let waits: [Reason] = causes.flatMap { cause in
        [.waiting(cause, until: nil), .waiting(cause, until: Timestamp(millisecondsSince1970: .max))]
    }

    private static let failures: [FailureCause] =
        [
            .sessionUnusable(attempts: 3),
            .internalError(message: "no such thing"),
        ] + causes.map { .agentUnavailable($0, attempts: 6) }
}
