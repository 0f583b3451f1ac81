import CDashboard
import Domain

/// The pages of the dashboard, which are in the program itself.
struct DashboardFiles: Sendable {
    struct File: Sendable {
        var bytes: [UInt8]
        var type: String
        /// Of its content.
        var tag: String
    }

    /// By name.
    let files: [String: File]

    init() {
        var files: [String: File] = [:]
        var index = 0
        while let found = makima_dashboard_file(index) {
            let entry = found.pointee
            let name = String(cString: entry.name)
            let bytes = Array(UnsafeBufferPointer(start: entry.bytes, count: entry.count))
            files[name] = File(
                bytes: bytes,
                type: Self.type(of: name),
                tag: "\"\(SHA256Digest(of: bytes).description.prefix(16))\""
            )
            index += 1
        }
        self.files = files
    }

    static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "webmanifest": "application/manifest+json"
        default: "application/octet-stream"
        }
    }

    /// What a path is answered with: a file, the page that finds its way by the path itself, or nothing.
    func file(at path: Substring) -> File? {
        if path.hasPrefix("/assets/") { return files[String(path.dropFirst("/assets/".count))] }
        return Self.pages.contains { path == $0 || path.hasPrefix($0 + "/") } || path == "/" ? files["index.html"] : nil
    }

    /// Addresses of the page, beside the first.
    private static let pages: [Substring] = [
        "/tasks", "/new", "/contracts", "/daemons", "/report", "/settings", "/login",
    ]

    /// What a browser may do with the page: run and show what comes from here, and nothing else.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'"
}
