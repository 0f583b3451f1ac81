import Domain
import Glibc
import Processes
import Tools

/// Brings calls of an agent that leads others to makima by one file, and the answers back by another.
///
/// Files, so that a call outlives a makima that dies over it: the next one finds it, and answers.
struct LeaderPost {
    let calls: CallFile
    let replies: String

    /// Waits for the answer; `nil` where nobody waits for it any more.
    func ask(_ tool: SupervisorTool, _ arguments: JSONValue, isGone: () -> Bool) throws -> LeaderReply? {
        var chance = SystemRandomNumberGenerator()
        let name = (0..<2).map { _ in String(chance.next(), radix: 36) }.joined()
        try calls.append(LeaderRequest(call: name, tool: tool.rawValue, arguments: arguments).record)
        var size: Int64 = -1
        while !isGone() {
            var status = stat()
            // It grows with each answer; what has not grown need not be read.
            if stat(replies, &status) == 0, Int64(status.st_size) != size {
                size = Int64(status.st_size)
                let bytes = SmallFile.read(replies, atMost: Self.most) ?? []
                if let reply = LeaderReply.all(in: bytes).last(where: { $0.call == name }) { return reply }
            }
            usleep(Self.pause)
        }
        return nil
    }

    /// Microseconds.
    private static let pause: UInt32 = 20_000
    private static let most = 256 << 20
}
