import Domain
import FoundationEssentials

/// A file of scenarios: one JSON object a line.
package struct ScenarioFile: Sendable {
    package var path: String
    package var scenarios: [Scenario]

    package init(reading path: String) throws(ScenarioFileError) {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ScenarioFileError(path: path, line: nil, field: nil, problem: "cannot be read")
        }
        try self.init(bytes: Array(bytes), path: path)
    }

    package init(bytes: [UInt8], path: String) throws(ScenarioFileError) {
        self.path = path
        scenarios = []
        var lines: [String: Int] = [:]
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) else { continue }
            let scenario = try Self.scenario(Array(line), path: path, line: index + 1)
            if let earlier = lines.updateValue(index + 1, forKey: scenario.id) {
                let problem = "'\(scenario.id)' is the scenario of line \(earlier) already"
                throw ScenarioFileError(path: path, line: index + 1, field: "id", problem: problem)
            }
            scenarios.append(scenario)
        }
    }

    private static func scenario(_ line: [UInt8], path: String, line number: Int) throws(ScenarioFileError) -> Scenario
    {
        do {
            return try FieldReader.object(try JSONParser.parse(line), at: "", Scenario.init(reading:))
        } catch let error as FieldError {
            throw ScenarioFileError(path: path, line: number, field: error.field, problem: error.problem)
        } catch {
            throw ScenarioFileError(path: path, line: number, field: nil, problem: "\(error)")
        }
    }
}

/// Why a file of scenarios cannot be played.
package struct ScenarioFileError: Error, Hashable, CustomStringConvertible {
    package var path: String
    package var line: Int?
    package var field: String?
    package var problem: String

    package var description: String {
        [path, line.map { "line \($0)" }, field.flatMap { $0.isEmpty ? nil : $0 }, problem]
            .compactMap { $0 }.joined(separator: ": ")
    }
}
