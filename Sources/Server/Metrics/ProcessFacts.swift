import Glibc

/// What the system says of this process (proc_pid_stat(5), proc_pid_statm(5)).
struct ProcessFacts: Hashable, Sendable {
    var residentBytes: Int
    /// Of all its threads, in the system and out of it.
    var processorSeconds: Double
    var openFiles: Int

    /// `nil` where it does not say.
    static func read() -> ProcessFacts? {
        guard let statm = text(of: "/proc/self/statm"), let stat = text(of: "/proc/self/stat") else { return nil }
        return ProcessFacts(statm: statm, stat: stat, openFiles: countOpenFiles())
    }

    init?(statm: String, stat: String, openFiles: Int) {
        let pages = statm.split(separator: " ")
        // The program's name stands in parentheses, and may hold anything.
        guard pages.count > 1, let resident = Int(pages[1]), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[end...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return nil }
        residentBytes = resident * Int(sysconf(Int32(_SC_PAGESIZE)))
        processorSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        self.openFiles = openFiles
    }

    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    private static func countOpenFiles() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without '.', '..' and the directory that is read.
        return max(0, count - 3)
    }
}
