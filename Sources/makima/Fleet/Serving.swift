import Commands
import Domain
import Glibc
import Settings

/// How a server listens: its command line, then the configuration.
struct Serving {
    var host: String
    var port: Int
    var certificate: String?
    var key: String?
    var names: [String]
    var lease: Duration
    var grace: Duration
    var mostLoad: Double
    var daemon: DaemonOptions?
    var keepsTasks: Duration?
    var keepsEvents: Duration?

    init(_ options: ServerOptions, _ configuration: MakimaConfiguration, _ expanded: (String) -> String) {
        let serve = configuration.serve
        host = options.host ?? serve.host
        port = options.port ?? serve.port
        // What is on this machine alone needs none.
        let isConfigured = options.certificate == nil && options.daemon == nil
        certificate = isConfigured ? serve.certificate.map(expanded) : options.certificate
        key = isConfigured ? serve.key.map(expanded) : options.key
        names = serve.names + options.names
        lease = max(options.lease ?? serve.lease, .seconds(3))
        grace = options.grace ?? serve.grace
        mostLoad = options.mostLoad
        daemon = options.daemon
        keepsTasks = serve.keepsTasks
        keepsEvents = serve.keepsEvents
    }

    /// Where people find its pages; `nil` where the port is not known before it listens.
    var dashboard: String? {
        if let name = names.first { return port == 0 && certificate != nil ? nil : page(of: name, port: port) }
        let scheme = certificate == nil ? "http" : "https"
        return port == 0 ? nil : "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Where the pages are under a name, with which TLS comes: of the server, which listens on `port`, or of a proxy.
    func page(of name: String, port: Int) -> String {
        let hasPort = name.hasSuffix("]") ? false : name.contains(":")
        let isUsual = certificate == nil || port == 443
        return "https://\(name)\(hasPort || isUsual ? "" : ":\(port)")"
    }
}

/// A file of TLS cannot be used.
struct UnusablePEM: ExplainedError, Hashable {
    var path: String
    var problem: String

    var description: String { "The file '\(path)' cannot be used for TLS: \(problem)." }
    var errorCode: ErrorCode { .environment }
    var hint: String { "Name a file in PEM that this user can read: it begins with '-----BEGIN'." }
}

/// A server cannot listen where it is to.
struct AddressUnusable: ExplainedError, Hashable {
    var host: String
    var port: Int
    /// An errno.
    var code: Int32

    var description: String {
        switch code {
        case EADDRINUSE: "Another program listens on port \(port) of \(host) already."
        case EADDRNOTAVAIL: "This machine has no address '\(host)'."
        default: "This user may not listen on port \(port) of \(host)."
        }
    }
    var errorCode: ErrorCode { .environment }
    var hint: String {
        code == EADDRNOTAVAIL
            ? "Name one of its own with '--host', or 0.0.0.0 for all."
            : "Name another port with '--port'; 0 is any that is free."
    }
}
