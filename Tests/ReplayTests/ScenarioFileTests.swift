import Replay
import Testing

/// Files that are no scenarios are refused with the place.
struct ScenarioFileTests {
    private static let whole = """
        {"id":"X1","title":"t","iterations":[{"stdout":"a"}],"expect":{"status":"done"}}
        """

    @Test func readsOneScenarioALine() throws {
        let second = Self.whole.replacing("X1", with: "X2")
        let file = try ScenarioFile(bytes: Array("\(Self.whole)\n\n\(second)\n".utf8), path: "f")
        #expect(file.scenarios.map(\.id) == ["X1", "X2"])
    }

    @Test(arguments: [
        ("\"title\":\"t\"", "\"titel\":\"t\"", "f: line 1: title: is missing"),
        ("\"stdout\":\"a\"", "\"stdout\":1", "f: line 1: iterations[0].stdout: expected a text"),
        ("\"stdout\":\"a\"", "\"sdout\":\"a\"", "f: line 1: iterations[0].sdout: is no field of a scenario"),
        ("[{\"stdout\":\"a\"}]", "[]", "f: line 1: iterations: must hold one at least"),
        ("\"done\"}}", "\"done\"}", "f: line 1: The JSON text ends too early."),
        ("\"expect\"", "\"phases\":[{},{}],\"expect\"", "f: line 1: phases[1]: must say with what it is resumed"),
        ("\"done\"", "\"done\",\"proofs\":\"any\"", "f: line 1: expect.proofs: is no field of a scenario"),
    ])
    func namesLineAndField(_ old: String, _ new: String, _ message: String) {
        let error = #expect(throws: ScenarioFileError.self) {
            try ScenarioFile(bytes: Array(Self.whole.replacing(old, with: new).utf8), path: "f")
        }
        #expect(error?.description == message)
    }

    @Test func refusesAnIdThatComesTwice() {
        let error = #expect(throws: ScenarioFileError.self) {
            try ScenarioFile(bytes: Array("\(Self.whole)\n\(Self.whole)\n".utf8), path: "f")
        }
        #expect(error?.description == "f: line 2: id: 'X1' is the scenario of line 1 already")
    }
}
