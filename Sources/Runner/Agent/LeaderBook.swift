import Domain
import Glibc
import Tools

/// Which calls of a supervisor's agent are still to be answered, as the files of a try tell.
///
/// It goes on from where it has read to, and remembers what was answered: neither costs more as the files grow.
struct LeaderBook {
    private let token: String
    private let limit: Int
    private var calls: GrowingFile
    /// Answered, or due.
    private var known: Set<String> = []
    private(set) var due: [Due] = []

    struct Due: Hashable {
        var request: LeaderRequest
        /// The agent has called for more than is carried out in one try.
        var isTooMuch: Bool
    }

    /// Reads which calls were answered before, by this makima or another one.
    ///
    /// Calls beyond `limit` bytes are too much, and those beyond twice as many are not read: the agent writes what it likes.
    init(calls: String, replies: String, token: String, limit: Int) {
        self.token = token
        self.limit = limit
        self.calls = GrowingFile(path: calls)
        Self.forEach(in: replies) { known.insert($0.call) }
    }

    /// Reads what the agent has called for since, until something is due.
    mutating func readOn() {
        while due.isEmpty, calls.taken < limit * 2 {
            let isTooMuch = calls.taken >= limit
            guard let bytes = calls.next() else { return }
            for request in LeaderRequest.all(in: bytes, token: token) where known.insert(request.call).inserted {
                due.append(Due(request: request, isTooMuch: isTooMuch))
            }
        }
    }

    /// The first that is due was answered.
    mutating func noteAnswer() {
        if !due.isEmpty { due.removeFirst() }
    }

    /// Every answer of a file, however large it is.
    static func forEach(in replies: String, _ body: (LeaderReply) -> Void) {
        var file = GrowingFile(path: replies)
        while let bytes = file.next() { LeaderReply.all(in: bytes).forEach(body) }
    }
}

/// The whole lines of a file that is appended to, piece by piece.
private struct GrowingFile {
    let path: String
    /// How many bytes were read in all.
    private(set) var taken = 0
    private var offset = 0
    /// A line whose end is not there yet.
    private var rest: [UInt8] = []

    private static let piece = 1 << 20
    /// A longer line is none.
    private static let longestLine = 16 << 20

    init(path: String) { self.path = path }

    /// Returns the next lines, which may be none; `nil` where nothing has come, or it cannot be read.
    mutating func next() -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return nil }
        if status.st_size < offset { (offset, rest) = (0, []) }
        var bytes = [UInt8](repeating: 0, count: Self.piece)
        var count = pread(file, &bytes, bytes.count, offset)
        while count < 0, errno == EINTR { count = pread(file, &bytes, bytes.count, offset) }
        guard count > 0 else { return nil }
        offset += count
        taken += count
        rest += bytes[..<count]
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else {
            if rest.count > Self.longestLine { rest = [] }
            return []
        }
        let lines = Array(rest[...end])
        rest.removeFirst(lines.count)
        return lines
    }
}
