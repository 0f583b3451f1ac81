import Domain
import Testing

@testable import Notifications

struct EventTests {
    private static let rows: [(Reason, NotificationKind, NotificationPriority)] = [
        (.completed(.verified), .done, .normal), (.completed(.unverified), .done, .normal),
        (.completed(.empty), .done, .normal),
        (.iterationLimit(used: 10, limit: 10, ceiling: 50), .iterationLimitReached, .high),
        (.budget(.cost(spent: .zero, limit: .zero)), .budgetReached, .high),
        (.budget(.costEstimate(known: .zero, estimate: .zero, limit: .zero)), .budgetReached, .high),
        (.budget(.costUnknown(known: nil, limit: .zero)), .budgetReached, .high),
        (.budget(.tokens(spent: 1, limit: 1)), .budgetReached, .high),
        (.budget(.tokensUnknown(known: nil, limit: 1)), .budgetReached, .high),
        (.budget(.time(spent: .seconds(1), limit: .seconds(1))), .budgetReached, .high),
        (.stalled(.noChange(iterations: 3)), .stalled, .high),
        (.stalled(.sameError(signature: "x", iterations: 3)), .stalled, .high),
        (.stalled(.oscillation(period: 2)), .stalled, .high),
        (.blocked(.question(text: "Which?")), .question, .high),
        (.blocked(.permission(what: "Bash")), .permission, .high),
        (.blocked(.permissionAsked(question: 4, what: "Bash")), .permission, .high),
        (.blocked(.authentication(agent: "a", message: "x")), .blocked, .high),
        (.blocked(.billing(agent: "a", message: "x")), .blocked, .high),
        (.blocked(.environment(.diskFull(path: "/srv"))), .blocked, .high),
        (.blocked(.workspaceBroken(detail: "x")), .blocked, .high), (.blocked(.protectedPaths(["a"])), .blocked, .high),
        (.blocked(.mergeConflict(branch: "main", .branchMoved)), .blocked, .high),
        (.blocked(.forge(ForgeObstacle(.branchMoved, remote: "origin"))), .blocked, .high),
        (.waiting(.usageLimit, until: nil), .waiting, .low), (.waiting(.rateLimited, until: nil), .waiting, .low),
        (.waiting(.overloaded, until: nil), .waiting, .low), (.waiting(.network, until: nil), .waiting, .low),
        (.waiting(.dependency, until: nil), .waiting, .low), (.waiting(.capacity, until: nil), .waiting, .low),
        (.waiting(.answer, until: nil), .question, .high), (.waiting(.permission, until: nil), .permission, .high),
        (.paused, .paused, .low), (.interrupted(.person), .interrupted, .low),
        (.interrupted(.ownerDied), .interrupted, .high),
        (.failed(.agentUnavailable(.overloaded, attempts: 6)), .failed, .high),
        (.failed(.sessionUnusable(attempts: 3)), .failed, .high),
        (.failed(.internalError(message: "x")), .failed, .high),
    ]

    @Test func everyReasonHasItsKindAndPriority() {
        for (reason, kind, priority) in Self.rows {
            let event = Sample.event(reason)
            #expect(event.kind == kind, "\(reason)")
            #expect(event.priority == priority, "\(reason)")
            #expect(event.subject?.reason == reason.code)
            #expect(!event.sentence.isEmpty)
        }
    }

    @Test func aTaskThatGoesOnTellsNothing() {
        for status in TaskStatus.allCases {
            let goesOn = [.pending, .initializing, .starting, .running].contains(status)
            let event = NotificationEvent(Sample.moment(nil, status: status), from: Sample.origin)
            #expect((event == nil) == goesOn, "\(status)")
        }
    }

    @Test func aTaskThatCannotBeginIsTold() {
        var moment = Sample.moment(nil, status: .pending)
        moment.standstill = .init(
            code: "no_daemon",
            Explanation("No daemon is connected.", hint: "Start one."),
            others: 2
        )
        let event = Sample.event(moment)
        #expect(event.kind == .cannotBegin && event.priority == .high)
        #expect(event.title == "fix-parser cannot begin")
        #expect(event.sentence == "No daemon is connected. 2 more tasks stand still for that.")
        #expect(event.hint == "Start one." && event.subject?.reason == "no_daemon")
        moment.status = .running
        #expect(NotificationEvent(moment, from: Sample.origin) == nil)
    }

    @Test func doneSaysHowFarItIsProven() {
        #expect(Sample.event(.completed(.verified)).title == "fix-parser is done, and verified")
        #expect(Sample.event(.completed(.unverified)).title == "fix-parser is done, not verified")
        #expect(Sample.event(.completed(.empty)).title == "fix-parser is done, and changed nothing")
    }

    @Test func anAgentThatAsksWhileItRunsIsToldWithTheWayToAnswer() {
        var moment = Sample.moment(nil)
        moment.question = .init(text: "May the agent use Bash: npm install?", number: 4, isPermission: true)
        let event = Sample.event(moment)
        #expect(event.kind == .permission)
        #expect(event.priority == .high)
        #expect(event.sentence == "May the agent use Bash: npm install?")
        #expect(event.hint == "Answer with 'makima answer k7xq --question 4 yes|no'.")
    }

    @Test func whatHoldsWhereNobodyAnswersInTimeIsTold() {
        var moment = Sample.moment(nil, status: .waiting)
        moment.question = .init(text: "Which format?", number: 4, isPermission: false)
        moment.question?.until = Sample.time + .seconds(720)
        moment.question?.fallback = "JSON"
        let event = Sample.event(moment)
        #expect(event.kind == .question && event.priority == .high)
        #expect(event.sentence == "Which format?")
        #expect(
            event.hint == "Answer with 'makima answer k7xq --question 4 TEXT' until "
                + "\((Sample.time + .seconds(720)).formattedUTC); after that this holds: JSON"
        )
    }

    @Test func aQuestionIsToldOnceWhileTheAgentWaitsAndAgainWhenItStops() {
        var running = Sample.moment(nil)
        running.question = .init(text: "May it?", number: 4, isPermission: true)
        var waiting = Sample.moment(.waiting(.permission, until: nil))
        waiting.question = running.question
        var stopped = Sample.moment(.blocked(.permissionAsked(question: 4, what: "May it?")))
        stopped.question = running.question
        var next = running
        next.question?.number = 5
        #expect(Sample.event(running).id == Sample.event(waiting).id)
        #expect(Set([running, stopped, next].map { Sample.event($0).id }).count == 3)
    }

    @Test func theSameThingHasTheSameIDAndAnotherAttemptAnother() {
        #expect(Sample.event().id == Sample.event().id)
        #expect(Sample.event().id != Sample.event(attempt: 2).id)
        #expect(Sample.event().id != Sample.event(task: 2).id)
        #expect(Sample.event().id != Sample.event(.completed(.unverified)).id)
    }

    @Test func theJSONHasEverything() {
        #expect(
            JSONWriter.write(Sample.event(.completed(.verified)).json)
                == #"{"id":"\#(Sample.event().id)","at":"2026-02-25T06:13:20Z","priority":"normal","kind":"done","#
                + #""title":"fix-parser is done, and verified","taskId":"\#(Sample.id())","taskName":"fix-parser","#
                + #""status":"done","reason":{"code":"verified","#
                + #""sentence":"The agent stated that it is ready, and every check passed."},"hint":"Look at it with 'makima diff k7xq'.","attempt":1,"#
                + #""iterations":3,"costUsd":1.2,"repository":"/srv/project","branch":"makima/fix-parser","#
                + #""host":"build","url":"http://127.0.0.1:7420/tasks/\#(Sample.id())","heldBack":0,"heldBackTasks":[]}"#
        )
    }

    @Test func textIsOneShortLineWithoutWhatCannotBeSeen() {
        #expect(PlainText.line("a\r\nb\u{0}\u{1b}[31mc\u{202e}d\u{200b}e \t f", upTo: 100) == "a b [31mc d e f")
        #expect(PlainText.line("  a  ", upTo: 100) == "a")
        #expect(PlainText.line(String(repeating: "x", count: 2000), upTo: 100).unicodeScalars.count == 100)
        #expect(PlainText.line("", upTo: 10) == "")
    }

    @Test func longTextOfAnAgentIsCut() {
        var moment = Sample.moment(.blocked(.question(text: String(repeating: "why ", count: 5000))))
        moment.question = .init(text: String(repeating: "why ", count: 5000), number: nil, isPermission: false)
        moment.name = String(repeating: "n", count: 5000)
        let event = Sample.event(moment)
        #expect(event.sentence.unicodeScalars.count <= 600)
        #expect(event.title.unicodeScalars.count <= 130)
    }
}
