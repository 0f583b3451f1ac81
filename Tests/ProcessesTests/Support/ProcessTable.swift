import Glibc

/// What the kernel says about processes, for assertions.
enum ProcessTable {
    static func pids() -> [Int32] { names(in: "/proc").compactMap { Int32($0) } }

    /// Whether the process runs; one that only waits to be reaped does not.
    static func isRunning(_ pid: Int32) -> Bool {
        guard let state = status(pid, "State") else { return false }
        return !state.hasPrefix("Z") && !state.hasPrefix("X")
    }

    static func environment(of pid: Int32) -> [String] {
        text("/proc/\(pid)/environ").map { $0.split(separator: "\0").map(String.init) } ?? []
    }

    static func status(_ pid: Int32, _ field: String) -> String? {
        guard let text = text("/proc/\(pid)/status") else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(field):") }
        return line?.dropFirst(field.count + 1).trimmingPrefix { $0 == "\t" || $0 == " " }.description
    }

    /// The first child of the main thread.
    static func child(of pid: Int32) -> Int32? {
        text("/proc/\(pid)/task/\(pid)/children")?.split(separator: " ").first.flatMap { Int32($0) }
    }

    /// The children of this process that nobody has reaped.
    static func zombies() -> [Int32] {
        pids().filter { status($0, "PPid") == "\(getpid())" && status($0, "State")?.hasPrefix("Z") == true }
    }

    static func openDescriptors() -> Int { names(in: "/proc/self/fd").count }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) })
        }
        return names
    }

    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}
