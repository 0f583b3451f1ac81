/// Sends back what it gets, on loopback, while the test runs.
final class EchoServer: Sendable {
    let port: String
    private let process: BackgroundProcess

    init(file: String = #filePath) throws {
        let tests = file.split(separator: "/").dropLast(2).joined(separator: "/")
        process = try BackgroundProcess("/usr/bin/python3", ["/\(tests)/Support/echo-server.py"])
        port = process.firstLine()
    }

    deinit { process.kill() }
}
