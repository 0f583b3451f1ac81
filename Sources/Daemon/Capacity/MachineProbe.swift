import Glibc
import Processes

/// Looks what the machine has to offer.
package struct MachineProbe: Sendable {
    /// The directory whose disk counts.
    private let directory: String
    /// MiB of the disk that are left alone.
    private let reserve: @Sendable () -> Int

    package init(directory: String, reserve: @escaping @Sendable () -> Int) {
        self.directory = directory
        self.reserve = reserve
    }

    /// What cannot be read is left out.
    package func look() -> MachineLoad {
        var load = MachineLoad()
        let cpus = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        load.cpus = cpus > 0 ? cpus : nil
        load.loadMilli = Self.text("/proc/loadavg").flatMap(Self.loadMilli)
        let memory = Self.text("/proc/meminfo").map(Self.memoryMiB) ?? [:]
        load.memoryMiB = memory["MemTotal"]
        load.freeMemoryMiB = memory["MemAvailable"]
        var disk = statvfs()
        if statvfs(directory, &disk) == 0 {
            load.diskMiB = Self.mebibytes(UInt64(disk.f_blocks), UInt64(disk.f_frsize))
            let free = Self.mebibytes(UInt64(disk.f_bavail), UInt64(disk.f_frsize))
            load.freeDiskMiB = free.map { max(0, $0 - reserve()) }
        }
        return load
    }

    private static func text(_ path: String) -> String? {
        SmallFile.read(path, atMost: 16 << 10).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func mebibytes(_ blocks: UInt64, _ size: UInt64) -> Int? {
        let (bytes, overflow) = blocks.multipliedReportingOverflow(by: size)
        return overflow ? nil : Int(bytes >> 20)
    }

    /// Of "0.52 0.58 0.59 1/467 12345": thousandths of the average of the last minute.
    static func loadMilli(_ text: String) -> Int? {
        guard let first = text.split(separator: " ").first, let load = Double(first), load >= 0, load < 1e9 else {
            return nil
        }
        return Int((load * 1000).rounded())
    }

    /// Of lines "MemTotal:       16316412 kB".
    static func memoryMiB(_ text: String) -> [String: Int] {
        var found: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
            guard words.count == 3, words[2] == "kB", let kibibytes = Int(words[1]), kibibytes >= 0 else { continue }
            found[String(words[0])] = kibibytes >> 10
        }
        return found
    }
}
