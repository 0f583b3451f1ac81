package import Domain
package import Runner
package import Wire

/// Passes calls of supervisors on to the server; chosen by whoever starts the daemon.
package protocol CallPost: Sendable {
    /// Throws where the server cannot be asked.
    func post(_ request: CallRequest) async throws -> CallView
}

/// Carries out what the agents of supervisors call for, by asking the server.
package struct SupervisorCalls: LeaderLine {
    private let journal: DaemonJournal
    private let post: any CallPost

    package init(journal: DaemonJournal, post: any CallPost) {
        self.journal = journal
        self.post = post
    }

    package func answer(_ call: LeaderCall, of task: TaskID) async throws -> LeaderAnswer {
        guard let held = try await journal.held(task), held.isHeld else {
            return LeaderAnswer("The server does not let this daemon work on the task any more.", isError: true)
        }
        var request = CallRequest()
        request.taskId = task.rawValue
        request.attempt = held.attempt
        request.callId = call.id
        request.tool = call.tool
        request.arguments = call.arguments
        let view = try await post.post(request)
        return LeaderAnswer(view.text, isError: view.refusal != nil, changed: view.changed, parks: view.parks)
    }
}
