import Domain
import Glibc

/// What this process takes.
enum Memory {
    static var residentKiB: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var (size, resident) = (0, 0)
        withUnsafeMutablePointer(to: &size) { size in
            withUnsafeMutablePointer(to: &resident) { resident in
                _ = withVaList([size, resident]) { vfscanf(file, "%ld %ld", $0) }
            }
        }
        return resident * Int(getpagesize()) / 1024
    }
}

enum SystemRandom {
    static func taskID() -> TaskID {
        var chance = SystemRandomNumberGenerator()
        return TaskID(using: &chance)
    }
}

/// Writes a line at once.
func say(_ line: String, to descriptor: Int32 = 1) {
    let bytes = Array((line + "\n").utf8)
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        written += count
    }
}
