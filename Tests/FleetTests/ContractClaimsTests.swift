import Domain
import Fleet
import FoundationEssentials
import Testing

/// Claims that the goal is reached, and that follow one which was in vain.
struct ContractClaimsTests {
    private let leader = ContractStage.leader

    /// A contract whose one work is merged, and whose supervisor claims.
    private func claiming() -> (ContractStage, TaskID) {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .done, .completed(.verified))
        stage.contract.members[one]?.merge = .merged(nil)
        stage.park(leader, .acceptance, nil)
        stage.advance()
        return (stage, one)
    }

    private func claimAgain(_ stage: inout ContractStage) {
        stage.carryOutOrders()
        stage.set(leader, .running)
        stage.advance()
        stage.park(leader, .acceptance, nil)
        stage.advance()
    }

    private func isChecked(_ stage: ContractStage) -> Bool {
        stage.contract.queues["main"]?.batch?.isVerification == true
    }

    @Test func whatHasNotChangedIsNotCheckedAgain() {
        var (stage, _) = claiming()
        #expect(isChecked(stage))
        stage.answer(.checksFailed(targetFails: true))
        #expect(stage.notes.contains(.claimRefused(leader, .checksFail(["test"], isKnown: false))))
        claimAgain(&stage)
        #expect(stage.notes.last { $0.isOfAClaim } == .claimRefused(leader, .checksFail(["test"], isKnown: true)))
        #expect(!isChecked(stage) && stage.contract.members[leader]?.claims == 2)
        guard case .wake(let text)? = stage.contract.due.first?.kind else { return #expect(Bool(false)) }
        #expect(text.contains("did not run the checks") && text.contains("says ``` what it likes"))
    }

    /// Somebody else may have mended the branch, which the contract does not see.
    @Test(arguments: [(1, 30), (2, 30), (3, 60)])
    func afterAWhileTheSameIsCheckedAgain(claims: Int, seconds: Int) {
        for (pause, isRun) in [(seconds - 1, false), (seconds, true)] {
            var (stage, _) = claiming()
            stage.answer(.checksFailed(targetFails: true))
            stage.contract.members[leader]?.claims = claims
            stage.now = stage.now + .seconds(Int64(pause))
            claimAgain(&stage)
            #expect(isChecked(stage) == isRun, "\(pause)")
        }
    }

    @Test(arguments: ["merged", "spawned", "gone on", "resumed", "phase"])
    func whatHasChangedIsCheckedAnew(what: String) throws {
        var (stage, one) = claiming()
        stage.answer(.checksFailed(targetFails: true))
        switch what {
        case "merged": stage.contract.members[one]?.merge = .merged(Sample.commit)
        case "spawned":
            let two = stage.add(3, "two")
            stage.set(two, .failed)
        case "gone on": stage.tasks[one]?.attempt += 1
        case "phase":
            stage.contract.phases = [ContractPhase("alpha"), ContractPhase("beta")]
            stage.contract.phase = 1
        default: stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        }
        claimAgain(&stage)
        #expect(isChecked(stage))
    }

    @Test func claimsInVainAreLookedAtLaterEachTime() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .done, .completed(.verified))
        for (claims, pause) in [(0, 0), (1, 0), (2, 30), (3, 60), (4, 120)] {
            stage.park(leader, .acceptance, nil)
            if pause > 0 {
                stage.now = stage.now + .seconds(Int64(pause - 1))
                stage.advance()
                #expect(stage.contract.members[leader]?.claims == claims, "\(pause)")
                #expect(ContractRules.goesOn(stage.contract, stage.view))
                #expect(stage.contract.state == .working)
                stage.now = stage.now + .seconds(1)
            }
            stage.advance()
            #expect(stage.contract.members[leader]?.claims == claims + 1)
            stage.carryOutOrders()
            stage.set(leader, .running)
        }
        stage.park(leader, .acceptance, nil)
        stage.advance()
        #expect(stage.contract.state == .blocked(.claimsUsed(5)) && !ContractRules.goesOn(stage.contract, stage.view))
    }

    @Test func aPausedClaimSaysUntilWhen() {
        var stage = ContractStage()
        stage.contract.members[leader]?.claims = 3
        stage.contract.members[leader]?.refusedAt = stage.now
        stage.park(leader, .acceptance, nil)
        let standing = ContractRules.standing(of: leader, in: stage.contract, stage.view).joined()
        #expect(standing.contains("looks at it at \((stage.now + .seconds(60)).formattedUTC)"), "\(standing)")
    }

    /// As a version wrote it that did not say why.
    @Test func whatWasNotedBeforeIsRead() throws {
        let old = #"{"claimRefused":{"_0":"\#(leader)"}}"#
        let note = try JSONDecoder().decode(ContractNote.self, from: Data(old.utf8))
        #expect(note == .claimRefused(leader, nil))
        let new = ContractNote.claimRefused(leader, .checksFail(["test"], isKnown: true))
        #expect(try JSONDecoder().decode(ContractNote.self, from: try JSONEncoder().encode(new)) == new)
    }
}

extension ContractNote {
    fileprivate var isOfAClaim: Bool {
        guard case .claimRefused = self else { return false }
        return true
    }
}
