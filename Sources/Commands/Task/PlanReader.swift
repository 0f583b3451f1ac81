/// Reads the plan from where the command line says it is.
struct PlanReader {
    let options: PlanOptions
    let environment: CommandEnvironment

    /// A plan is a prompt; a longer one was meant to be a file of the repository.
    static let limit = 1 << 20

    /// Returns the plan without blank lines around it; never empty.
    func read() throws -> String {
        switch (options.plan, options.planFile) {
        case (nil, nil): throw CommandError.planMissing
        case (.some, .some): throw CommandError.planGivenTwice
        case (.some("-"), nil):
            let source = "standard input"
            return try text(environment.machine.readStandardInput(upTo: Self.limit + 1), source: source)
        case (.some(let plan), nil):
            return try text(Array(plan.utf8), source: "the argument")
        case (nil, .some(let file)):
            return try text(readFile(file), source: "'\(file)'")
        }
    }

    private func readFile(_ file: String) throws -> [UInt8] {
        do {
            return try FileReader(path: environment.absolute(file)).readToEnd(upTo: Self.limit + 1)
        } catch {
            throw CommandError.planUnreadable(path: file, reason: error.reason)
        }
    }

    private func text(_ bytes: [UInt8], source: String) throws -> String {
        guard bytes.count <= Self.limit else { throw CommandError.planTooLong(source: source, limit: Self.limit) }
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
            throw CommandError.planNotText(source: source)
        }
        let plan = text.trimmingBlanks
        guard !plan.isEmpty else { throw CommandError.planEmpty(source: source) }
        return plan
    }
}

extension String {
    /// Without white space at both ends.
    var trimmingBlanks: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
