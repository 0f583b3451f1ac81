import Glibc

/// The name of a control group of makima's: who made it is in it, so that others know what is left over.
struct GroupName: Hashable, Sendable {
    /// The makima process that made it.
    var maker: ProcessIdentity
    /// Counted by the maker, from 1; 0 is where the maker itself moved to.
    var number: Int

    var isSeat: Bool { number == 0 }

    init(of maker: ProcessIdentity, number: Int) {
        self.maker = maker
        self.number = number
    }

    /// Reads `makima-PID-START-NUMBER`; `nil` for any other name.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "makima", let pid = Int32(parts[1]), let start = UInt64(parts[2]),
            let number = Int(parts[3]), pid > 0, number >= 0
        else { return nil }
        maker = ProcessIdentity(pid: pid, startTime: start)
        self.number = number
        // One spelling only.
        guard self.text == text else { return nil }
    }

    var text: String { "makima-\(maker.pid)-\(maker.startTime)-\(number)" }
}
