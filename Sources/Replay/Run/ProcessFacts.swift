import FoundationEssentials

/// What `/proc` says about processes.
enum ProcessFacts {
    /// How many processes have `entry` in the environment they were started with.
    static func count(withEnvironment entry: String) -> Int {
        // Without /proc nothing can be counted, and the expectation is not met.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let wanted = Array(entry.utf8)
        return names.filter { $0.allSatisfy(\.isNumber) }
            .count { pid in
                let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
                return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
            }
    }

    /// Forgets how much memory this process had used at most, and returns how many megabytes it uses now.
    static func resetPeakMemory() -> Int {
        // Where the kernel does not offer it, the peak of the whole life is compared.
        try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
        return memory("VmRSS")
    }

    /// Megabytes.
    static var peakMemory: Int { memory("VmHWM") }

    private static func memory(_ name: String) -> Int {
        let status = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
    }
}
