/// What the kernel tells about processes.
enum ProcessTable {
    /// Returns the process and all its descendants.
    static func tree(of root: Int32) -> [Int32] {
        var children: [Int32: [Int32]] = [:]
        for path in Files.matching("/proc/[0-9]*/stat") {
            // The name, in parentheses, may hold anything.
            guard let text = Files.read(path), let end = text.lastIndex(of: ")") else { continue }
            let fields = text[text.index(after: end)...].split(separator: " ")
            guard fields.count > 1, let parent = Int32(fields[1]), let own = text.split(separator: " ").first,
                let pid = Int32(own)
            else { continue }
            children[parent, default: []].append(pid)
        }
        var found = [root]
        var next = 0
        while next < found.count {
            found += children[found[next]] ?? []
            next += 1
        }
        return found
    }

    static func name(of pid: Int32) -> String {
        (Files.read("/proc/\(pid)/comm") ?? "").split(separator: "\n").first.map(String.init) ?? ""
    }

    /// What the process and all descendants that were waited for used so far; known in steps of 10 ms.
    static func processorSeconds(ofTree root: Int32) -> Double? {
        let seconds = tree(of: root).compactMap { processorSeconds(of: $0) }
        return seconds.isEmpty ? nil : seconds.reduce(0, +)
    }

    private static func processorSeconds(of pid: Int32) -> Double? {
        guard let text = Files.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // utime, stime, cutime and cstime, counted from the state, which is the first field after the name.
        let ticks = fields.dropFirst(11).prefix(4).compactMap { Double($0) }
        return ticks.count == 4 ? ticks.reduce(0, +) / 100 : nil
    }

    /// The share of memory that is the process's own, in KiB.
    static func proportionalMemory(of pid: Int32) -> Int? {
        value("Pss", in: "/proc/\(pid)/smaps_rollup")
    }

    /// The most memory the process had resident so far, in KiB.
    static func peakMemory(of pid: Int32) -> Int? {
        value("VmHWM", in: "/proc/\(pid)/status")
    }

    private static func value(_ name: String, in path: String) -> Int? {
        Files.read(path)?.split(separator: "\n").first { $0.hasPrefix("\(name):") }
            .flatMap { line in line.split(whereSeparator: { " \t:".contains($0) }).dropFirst().first }
            .flatMap { Int($0) }
    }
}
