import Domain
import Runner

/// Tells a run as one JSON object a line, on standard output.
struct JSONFollower: RunObserver {
    let workspace: String
    let callName: String
    let printer: Printer

    func observe(_ event: RunEvent) {
        guard let line = event.json(workspace: workspace, callName: callName) else { return }
        printer.print(json: line)
    }
}
