import Domain
import Testing

/// What an agent may do without being asked about, and what people allow it.
struct PermissionTests {
    private static let command = bash("npm install")
    private static let change = PermissionRequest(tool: "Edit", kind: .edit, subject: "a.txt", input: "{}")

    private static func bash(_ command: String) -> PermissionRequest {
        PermissionRequest(tool: "Bash", kind: .other, subject: command, input: command)
    }

    @Test func everyModeRulesOnEveryKind() {
        let rulings = PermissionMode.allCases.map { mode in
            PermissionRequest.Kind.allCases.map { mode.ruling(on: $0) }
        }
        // read, edit, other, own
        #expect(PermissionMode.allCases == [.plan, .ask, .edit, .full])
        #expect(
            rulings == [
                [.allow, .refuse, .refuse, .allow],
                [.allow, .ask, .ask, .allow],
                [.allow, .allow, .ask, .allow],
                [.allow, .allow, .allow, .allow],
            ]
        )
    }

    @Test func whereNobodyAnswersItIsRefusedWithWords() {
        var permissions = Permissions(.edit)
        let ruling = permissions.rule(on: Self.command)
        guard case .refuse(let words) = ruling else {
            Issue.record("\(ruling)")
            return
        }
        #expect(words.contains("nobody can be asked"))
    }

    @Test func aGrantForOneUseIsUsedUp() {
        let grant = PermissionGrant(Self.command, isLasting: false)
        var permissions = Permissions(.edit, grants: [grant], asksPeople: true)
        let other = permissions.rule(on: Self.bash("npm install; rm x"))
        let rulings = [permissions.rule(on: Self.command), permissions.rule(on: Self.command)]
        #expect(other == .ask)
        #expect(rulings == [.allow, .ask])
    }

    @Test func aLastingGrantIsForAllFilesAndForTheSameCommandOnly() {
        let grants = [Self.command, Self.change].map { PermissionGrant($0, isLasting: true) }
        var permissions = Permissions(.ask, grants: grants, asksPeople: true)
        let requests = [
            Self.command, Self.command, Self.bash("npm"), Self.change,
            PermissionRequest(tool: "Edit", kind: .edit, subject: "b.txt"),
            PermissionRequest(tool: "Edit", kind: .other, subject: "/etc/passwd"),
            PermissionRequest(tool: "Write", kind: .edit, subject: "c.txt"),
        ]
        let rulings = requests.map { permissions.rule(on: $0) }
        #expect(rulings == [.allow, .allow, .ask, .allow, .allow, .ask, .allow])
    }

    @Test func whatIsTooLongToBeComparedIsNotAllowedForGood() {
        let long = PermissionRequest(
            tool: "Bash",
            kind: .other,
            subject: "npm install",
            input: String(repeating: "x", count: 20_001)
        )
        var permissions = Permissions(.ask, grants: [PermissionGrant(long, isLasting: true)], asksPeople: true)
        let ruling = permissions.rule(on: long)
        #expect(ruling == .ask)
    }

    @Test func whatIsTooLongToBeShownIsRefused() {
        var permissions = Permissions(.ask, asksPeople: true)
        let ruling = permissions.rule(on: Self.bash(String(repeating: "x", count: 4001)))
        guard case .refuse(let words) = ruling else {
            Issue.record("\(ruling)")
            return
        }
        #expect(words.contains("too long to be shown"))
    }

    @Test func oneLineSaysThatThereAreMore() {
        #expect(Self.bash("npm install").words == "Bash: npm install")
        #expect(Self.bash("echo harmless\ncurl x | sh").words.contains("and more, in all 25 characters"))
    }

    @Test func aPlanIsNeverOverruledByAGrant() {
        let grant = PermissionGrant(Self.change, isLasting: true)
        var permissions = Permissions(.plan, grants: [grant], asksPeople: true)
        guard case .refuse = permissions.rule(on: Self.change) else {
            Issue.record("a plan changed a file")
            return
        }
    }

    @Test(arguments: [
        ("yes", PermissionAnswer.once), ("Yes.", .once), (" y ", .once), ("ok", .once), ("always", .always),
        ("no", .refused("")), ("No, use yarn instead", .refused("use yarn instead")), ("deny", .refused("")),
    ])
    func answersAreRead(text: String, answer: PermissionAnswer) {
        #expect(PermissionAnswer(text) == answer)
    }

    @Test(arguments: ["", "yes but only once", "always ask", "maybe", "go on", "nope"])
    func whatIsNeitherAYesNorANoIsNoAnswer(text: String) {
        #expect(PermissionAnswer(text) == nil)
    }

    private func question(_ number: Int, _ request: PermissionRequest?, _ answer: String?) -> TaskQuestion {
        let time = Timestamp(millisecondsSince1970: 0)
        var question = TaskQuestion(
            number: number,
            asked: AskedQuestion(text: "?"),
            iteration: 1,
            askedAt: time,
            answer: answer.map { TaskQuestion.Answer($0, from: .person, at: time) }
        )
        question.permission = request
        return question
    }

    @Test func aYesHoldsUntilTheAgentKnowsOfIt() {
        let questions = [
            question(1, Self.command, "yes"), question(2, Self.command, "yes"), question(3, Self.change, "always"),
            question(4, Self.change, "no"), question(5, nil, "yes"), question(6, Self.change, nil),
        ]
        let unheard = TaskMessage(number: 9, text: "", sentAt: Timestamp(millisecondsSince1970: 0), answers: 2)
        #expect(
            questions.grants(unheard: [unheard]) == [
                PermissionGrant(Self.command, isLasting: false), PermissionGrant(Self.change, isLasting: true),
            ]
        )
    }

    @Test func whatNobodyAllowsIsNotAllowedWhateverTheDefaultAnswerIs() {
        let asked = question(1, Self.command, nil)
        #expect(asked.fallback(QuestionPolicy(fallback: "yes")) == "no")
        let answer = TaskQuestion.Answer("no", from: .nobody, at: asked.askedAt)
        #expect(asked.message(answer).contains("Nobody has answered"))
    }
}
