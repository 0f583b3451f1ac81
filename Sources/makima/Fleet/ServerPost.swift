import Daemon
import ServerClient
import Wire

/// Passes calls of supervisors on to the daemon's server, with the daemon's own token.
struct ServerPost: CallPost {
    private let tokenFile: String
    private let url: String
    private let authority: String?
    private let connections: ServerConnections

    init(tokenFile: String, url: String, authority: String?, _ connections: ServerConnections) {
        self.tokenFile = tokenFile
        self.url = url
        self.authority = authority
        self.connections = connections
    }

    func post(_ request: CallRequest) async throws -> CallView {
        // Read each time: a token may be renewed while the daemon works.
        let token = try TokenFile.read(tokenFile)
        let address = try ClientAddress(url: url, token: token, authority: authority)
        let client = try ServerClient(address, by: connections)
        do {
            return try await client.post("/api/v1/calls", request, key: nil, as: CallView.self)
        } catch ServerClientError.refused(let status, let code, let message, _) where status < 500 && status != 429 {
            // It will say the same the next time.
            var view = CallView()
            (view.text, view.refusal) = (message, code)
            return view
        }
    }
}
