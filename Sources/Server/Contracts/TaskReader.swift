import Domain
import Fleet
import Store
import Wire

/// Reads to a supervisor what became of its tasks.
///
/// All that another agent, a check or a file says stands between marks: it is material.
struct TaskReader: Sendable {
    let store: any TaskStore
    /// What a task has changed, where this machine can tell; see ``ServerMachine/diff``.
    let diff: @Sendable (TaskID, Int?) async throws -> [UInt8]?

    /// So much is read at once, in bytes.
    private static let most = 24 << 10
    private static let mostEvents = 400

    func text(of id: TaskID, _ part: SupervisorCall.TaskPart, in contract: Contract) async throws -> String {
        switch part {
        case .summary: return try await summary(of: id, in: contract)
        case .diff: return try await changes(of: id)
        case .log: return try await log(of: id)
        }
    }

    // MARK: - Summary

    private func summary(of id: TaskID, in contract: Contract) async throws -> String {
        guard let task = try await store.task(id) else { return "The task is being made." }
        var parts = [
            "\(contract.name(of: id)) (\(id.short)): \(task.status.words), \(task.iterations) iterations used."
        ]
        if let reason = task.reason {
            parts.append(reason.explanation(task: TaskCall(id.short)).sentence)
        }
        guard let last = try await store.iterations(of: id).last?.report() else { return parts.joined(separator: "\n") }
        parts.append(gate(last.gate))
        if let change = last.change {
            parts.append(
                "Its last iteration changed \(change.files) files (+\(change.insertions) -\(change.deletions))."
            )
        }
        for receipt in try await receipts(of: id) { parts.append(Self.words(receipt)) }
        if let message = last.finalMessage { parts.append("It said last:\n" + fenced(message, 4000)) }
        return parts.joined(separator: "\n\n")
    }

    private func gate(_ gate: WireGate) -> String {
        guard let isReady = gate.statedReady else { return "It reported no completion gate." }
        var words = "Its gate: \(isReady ? "ready" : "not ready")."
        let said = [gate.reason, gate.progress].compactMap(\.self) + gate.blockers
        if !said.isEmpty { words += "\n" + fenced(said.joined(separator: "\n"), 2000) }
        return words
    }

    /// Of the last iteration that was checked.
    private func receipts(of id: TaskID) async throws -> [WireReceipt] {
        let entries = try await store.receipts(of: id)
        guard let last = entries.last else { return [] }
        return entries.filter { $0.iteration == last.iteration && $0.attempt == last.attempt }
            .compactMap { entry in
                do throws(WireError) {
                    return try APIText.decode(Array(entry.document.utf8), as: WireReceipt.self)
                } catch { return nil }
            }
    }

    private static func words(_ receipt: WireReceipt) -> String {
        let code = receipt.verdict.exitCode.map { " (exit status \($0))" } ?? ""
        let verdict = receipt.verdict.verdict.spokenCode
        let head = "Check '\(receipt.check.name.firstLine(upTo: 120))', run by makima: \(verdict)\(code)."
        guard receipt.verdict.verdict != "passed", !receipt.outputTail.isEmpty else { return head }
        return "\(head)\n" + ContractTexts.fenced(receipt.outputTail.clippedStart(to: 4000))
    }

    // MARK: - Changes and output

    private func changes(of id: TaskID) async throws -> String {
        guard let bytes = try await diff(id, nil) else {
            return "Its files are on another machine: only their checks and sizes are known here (summary)."
        }
        if bytes.isEmpty { return "It has changed nothing." }
        let text = String(decoding: bytes.prefix(Self.most), as: UTF8.self)
        let rest = bytes.count > Self.most ? "\n\n\(bytes.count - Self.most) bytes more are left out." : ""
        return ContractTexts.fenced(text) + rest
    }

    private func log(of id: TaskID) async throws -> String {
        let last = try await store.lastEvent(of: id)
        let after = max(0, last - Self.mostEvents)
        let events = try await store.events(of: id, after: after, kinds: [.output, .agent], limit: Self.mostEvents)
        var (said, printed) = ("", "")
        for event in events {
            switch try Frame.decode(Array(event.event.body.utf8), as: ToServer.self) {
            case .taskOutput(let output): printed += output.text
            case .taskEvent(let report):
                said += [report.tool, report.text].compactMap(\.self).joined(separator: ": ") + "\n"
            default: continue
            }
        }
        // What its program printed is read by people and agents only where nobody has understood it.
        let text = said.isEmpty ? printed : said
        if text.isEmpty { return "It has printed nothing lately." }
        return ContractTexts.fenced(text.clippedStart(to: Self.most))
    }

    private func fenced(_ text: String, _ most: Int) -> String { ContractTexts.fenced(text.clipped(to: most)) }
}
